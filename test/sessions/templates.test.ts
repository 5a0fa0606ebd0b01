// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of templates is meant
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { schemaProblems } from "../support/session.js";

interface Listed {
  readonly templates: readonly {
    readonly id: string;
    readonly layers: readonly string[];
    readonly category: string;
  }[];
}

const SHIPPED = join(import.meta.dirname, "../../templates/application-layer/prompt-caching.md");

/** A folder with the shipped prompt-caching template under another id, with one text replaced. */
async function ownTemplate(from = "", to = ""): Promise<string> {
  const folder = join(await temporaryFolder(), "mine");
  await mkdir(join(folder, "application-layer"), { recursive: true });
  const text = (await readFile(SHIPPED, "utf8"))
    .replace("id: prompt-caching", "id: our-prompt-caching")
    .replace(from, to);
  await writeFile(join(folder, "application-layer/our-prompt-caching.md"), text);
  return folder;
}

describe("templates", () => {
  it("lists the catalogue, also by layer and category, as text and as JSON", async () => {
    const all = await tokenop(["templates", "list"]);
    expect(all.code).toBe(0);
    expect(all.stdout).toMatch(/^prompt-caching +application +caching +5 to 60 % +low +low$/m);
    expect(all.stderr).toContain("tokenop templates info");
    expect((await tokenop(["templates"])).stdout).toBe(all.stdout);

    const json = (await tokenop(["templates", "list", "--json"])).json<Listed>();
    expect(await schemaProblems("templates", json)).toEqual([]);
    const serving = (await tokenop(["templates", "list", "--layer", "serving", "--json"])).json<Listed>();
    expect(serving.templates.map(({ id }) => id)).toEqual(
      json.templates.filter(({ layers }) => layers.includes("serving")).map(({ id }) => id),
    );
    const caching = (await tokenop(["templates", "--category", "caching", "--json"])).json<Listed>();
    expect(new Set(caching.templates.map(({ category }) => category))).toEqual(new Set(["caching"]));
  });

  it("finds by words, the name first", async () => {
    const found = (await tokenop(["templates", "search", "prompt", "cache", "--json"])).json<Listed>();
    expect(found.templates[0]!.id).toBe("prompt-caching");
    const none = await tokenop(["templates", "search", "zeppelin"]);
    expect(none).toMatchObject({ code: 0, stdout: 'No template mentions every word of "zeppelin".\n' });
  });

  it("shows one template whole", async () => {
    const { code, stdout } = await tokenop(["templates", "info", "prompt-caching"]);
    expect(code).toBe(0);
    for (const text of [
      "Applies where",
      "prefix_token_share",
      "reads_per_write",
      "Watch",
      "Roll back",
      "Evidence",
      "## How to undo",
    ])
      expect(stdout).toContain(text);

    const json = (await tokenop(["templates", "info", "prompt-caching", "--json"])).json();
    expect(await schemaProblems("templates-info", json)).toEqual([]);
    expect(json).toMatchObject({
      origin: "shipped",
      frontmatter: { environment_match: { prefix_token_share: ">= 20%" } },
    });
  });

  it("names the nearest template where one is unknown", async () => {
    const { code, stdout, stderr } = await tokenop(["templates", "info", "promt-caching"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("TOP-TEMPLATE-UNKNOWN");
    expect(stderr).toContain('The nearest is "prompt-caching"');
  });

  it("says which categories and layers there are", async () => {
    const category = await tokenop(["templates", "list", "--category", "cachin"]);
    expect(category).toMatchObject({ code: 2, stdout: "" });
    expect(category.stderr).toContain('The nearest is "caching"');
    const layer = await tokenop(["templates", "list", "--layer", "server"]);
    expect(layer.code).toBe(2);
    expect(layer.stderr).toContain("application, serving, infrastructure, cross");
  });

  it("takes templates of one's own, and refuses one that it does not wholly understand", async () => {
    const own = await ownTemplate();
    const listed = (await tokenop(["templates", "list", "--templates-dir", own, "--json"])).json<Listed>();
    expect(listed.templates).toContainEqual(
      expect.objectContaining({ id: "our-prompt-caching", origin: "own" }),
    );

    const wrong = await ownTemplate("effort_estimate: low", "effort_estimates: low");
    const { code, stderr } = await tokenop(["templates", "list", "--templates-dir", wrong]);
    expect(code).toBe(2);
    expect(stderr).toContain("TOP-TEMPLATE-");
    expect(stderr).toMatch(/our-prompt-caching\.md:\d+:\d+: optimization/);
  });

  it("lints folders and files, with every place, and ends with code 2 where something is wrong", async () => {
    const right = await tokenop(["templates", "lint", await ownTemplate(), "--json"]);
    expect(right.json()).toMatchObject({ checked: 1 });

    const folder = await ownTemplate("${monthly_requests} *", "${monthly_request} *");
    const { code, stdout, stderr } = await tokenop(["templates", "lint", folder]);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /our-prompt-caching\.md:\d+:\d+: TOP-TEMPLATE-EXPRESSION: economics\.baseline_calculation/,
    );
    expect(stdout).toContain("perhaps monthly_requests");
    expect(stderr).toContain("TOP-TEMPLATE-LINT");
    const json = await tokenop(["templates", "lint", folder, "--json"]);
    expect(json.code).toBe(2);
    expect(await schemaProblems("templates-lint", json.json())).toEqual([]);
  });

  it("obeys defaults of tokenop.yaml under its own name, and leaves those of other commands alone", async () => {
    const cwd = await temporaryFolder();
    await writeFile(
      join(cwd, "tokenop.yaml"),
      "defaults:\n  templates list:\n    layer: serving\n  run:\n    seed: 3\n",
    );
    const listed = (await tokenop(["templates", "list", "--json"], { cwd })).json<Listed>();
    expect(listed.templates.every(({ layers }) => layers.includes("serving"))).toBe(true);
    await writeFile(join(cwd, "tokenop.yaml"), "defaults:\n  templates lst:\n    layer: serving\n");
    const { code, stderr } = await tokenop(["templates", "list"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("templates list, templates search");
  });
});

describe("calculate-roi", () => {
  it("shows each figure with unit and basis, and says what it is not", async () => {
    const args = [
      "calculate-roi",
      "--template",
      "prompt-caching",
      "--monthly-requests",
      "1000000",
      "--set",
      "cached_rate=10%",
    ];
    const { code, stdout } = await tokenop(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^saving +USD 7,159\.09 +a month, 45\.0 % of the bill before$/m);
    expect(stdout).toMatch(/^monthly_requests +1,000,000 +requests a month +yours, assumed$/m);
    expect(stdout).toContain("tokenop plan recomputes the saving on your own events");

    const json = (await tokenop([...args, "--json"])).json();
    expect(await schemaProblems("calculate-roi", json)).toEqual([]);
    expect(json).toMatchObject({
      baseline: { value: 15_900, unit: "USD a month", basis: "assumed" },
      one_off_cost: { value: 2400, unit: "USD, once", basis: "assumed" },
      claims_saving: true,
    });
  });

  it.each([
    { args: [], said: ["TOP-USAGE-TEMPLATE", "--template is missing"] },
    { args: ["--template", "prompt-cachin"], said: ["TOP-TEMPLATE-UNKNOWN", "prompt-caching"] },
    { args: ["--set", "prefix_token=1"], said: ["TOP-TEMPLATE-INPUT", 'The nearest is "prefix_tokens"'] },
    { args: ["--set", "prefix_tokens"], said: ["TOP-TEMPLATE-INPUT", 'has no "="'] },
    {
      args: ["--set", "prefix_tokens=many"],
      said: ["TOP-TEMPLATE-INPUT", "of at least 0 (tokens a request)"],
    },
    { args: ["--set", "cached_rate=2"], said: ["TOP-TEMPLATE-INPUT", "from 0 to 1"] },
    { args: ["--set", "cached_rate=1", "--set", "cached_rate=1"], said: ["TOP-TEMPLATE-INPUT", "set twice"] },
    { args: ["--set", "monthly_requests=1e300"], said: ["TOP-TEMPLATE-ARITHMETIC"] },
  ])("$args: says what it was given and what it takes", async ({ args, said }) => {
    const template = args.length === 0 || args[0] === "--template" ? [] : ["--template", "prompt-caching"];
    const { code, stdout, stderr } = await tokenop(["calculate-roi", ...template, ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    for (const text of said) expect(stderr).toContain(text);
  });
});
