import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { asJsonl, layOut, logged } from "../support/logs.js";

let folder = "";

beforeEach(async () => {
  folder = await layOut(await temporaryFolder(), { "log.jsonl": asJsonl([logged("a"), logged("b")]) });
});

const run = (...args: readonly string[]): Promise<CliResult> => tokenop(args, { cwd: folder });

/** Exit code 2, nothing on stdout, and no stack; every text must be part of what is said. */
function expectRefusal({ code, stdout, stderr }: CliResult, ...said: readonly string[]): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  for (const text of said) expect(stderr).toContain(text);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain("TOP-INTERNAL");
  // What is wrong, and at least the way out.
  expect(stderr.trim().split("\n").length).toBeGreaterThan(1);
}

describe("a mistake on the command line", () => {
  it.each([
    { args: ["discover", "--inputdir", "x"], said: ["--inputdir", "--input-dir", "tokenop discover --help"] },
    { args: ["discovr"], said: ["discovr", "discover", "--help"] },
    { args: ["discover", "--collectors", "file"], said: ["TOP-COLLECT-UNKNOWN", '"file"', "local-agents"] },
    { args: ["discover", "--since", "yesterday"], said: ["yesterday", "ISO 8601"] },
    { args: ["discover", "--max-rejected", "5"], said: ["'5'", "0.01 or 1%"] },
    { args: ["discover", "--ts-unit", "h"], said: ["'h'", "s, ms, us, ns"] },
    { args: ["profile", "--cluster-method", "magic"], said: ["magic", "auto, intent, lexical"] },
    { args: ["profile", "--seed", "-1"], said: ["-1", "0 to 4294967295"] },
    { args: ["validate"], said: ["TOP-USAGE-INPUT", "--input", "tokenop validate --input"] },
  ])("$args: says what it was given and what it takes", async ({ args, said }) => {
    expectRefusal(await run(...args), ...said);
    expect(await readdir(folder)).toEqual(["log.jsonl"]);
  });

  it.each([
    { map: "tss=when", said: ['"tss"', "Columns: id, ts"] },
    { map: "input_token=in", said: ['The nearest is "input_tokens"'] },
    { map: "ts", said: ['has no "="'] },
    { map: "ts=a,ts=b", said: ["given twice"] },
  ])("--map $map: says which column is meant", async ({ map, said }) => {
    const result = await run("discover", "--input-dir", "log.jsonl", "--map", map);
    expectRefusal(result, "TOP-EVENTS-MAP", "Example: --map ts=TIMESTAMP", ...said);
  });

  it("--set with a value that the column cannot hold", async () => {
    const result = await run("discover", "--input-dir", "log.jsonl", "--set", "input_tokens=many");
    expectRefusal(result, "TOP-EVENTS-MAP", "input_tokens", "a whole number");
  });
});

describe("an input that cannot be read", () => {
  it.each(["discover --input-dir", "validate --input"])("%s names it and the way out", async (command) => {
    await mkdir(join(folder, "empty"));
    await symlink("/nowhere/at/all", join(folder, "lost.jsonl"));
    const read = (input: string) => run(...command.split(" "), input);

    expectRefusal(await read("absent.csv"), "TOP-COLLECT-INPUT", "absent.csv", "no such file or folder");
    expectRefusal(await read("lost.jsonl"), "TOP-COLLECT-INPUT", "lost.jsonl");
    expectRefusal(await read("*.parquet"), "TOP-COLLECT-INPUT", "No file fits the pattern");
    expectRefusal(await read("empty"), "TOP-COLLECT-INPUT", "holds no file");
    await layOut(folder, { "notes/readme.txt": "words" });
    expectRefusal(await read("notes"), "TOP-COLLECT-FORMAT", "readme.txt: not a known format", ".parquet");
    expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual(
      command.startsWith("discover") ? [".gitignore", ".tokenop"] : [],
    );
  });

  it("a workspace that is a file is refused with its path", async () => {
    const result = await run("discover", "--input-dir", "log.jsonl", "--dir", "log.jsonl");
    expectRefusal(result, "TOP-FILE-ACCESS", "log.jsonl", "not a folder", "--dir <folder>");
  });

  it.each(["plan", "report"])("%s before profile says so and makes nothing", async (command) => {
    expectRefusal(await run(command, "--dir", "W"), "profile.yaml", "no such file", "tokenop profile");
    expect(await readdir(folder)).toEqual(["log.jsonl"]);
  });

  it("profile before discover names discover", async () => {
    expectRefusal(await run("profile"), "TOP-PROFILE-EVENTS", "tokenop discover --input-dir");
  });
});

describe("a broken prices.yaml or policy.yaml", () => {
  const rates = "output_usd_per_mtok: 1";

  it.each([
    {
      text: `prices:\n  - provider: openai\n    model: gpt-4o\n    input_usd_per_mtok: -3\n    ${rates}\n`,
      said: ["prices.yaml:4", '"prices.0.input_usd_per_mtok"', "not negative"],
    },
    {
      text: `prices:\n  - provider: openai\n    modell: gpt-4o\n    input_usd_per_mtok: 3\n    ${rates}\n`,
      said: ["prices.yaml:", '"prices.0.model"'],
    },
    { text: "prices: [\n", said: ["prices.yaml:", "not valid YAML"] },
    { text: "prices: *elsewhere\n", said: ["prices.yaml", "not valid YAML", "alias"] },
    { text: "", said: ["prices.yaml:1", "expected object"] },
  ])("in prices: $said.1", async ({ text, said }) => {
    await layOut(folder, { "prices.yaml": text });
    const result = await run("discover", "--input-dir", "log.jsonl", "--quiet");
    expectRefusal(result, "docs/guide/prices.md", ...said);
  });

  it.each([
    { text: "quality:\n  budget: 5\n", said: ["policy.yaml:2", '"quality.budget"', "<=1"] },
    { text: "quality:\n  budgett: 0.01\n", said: ["policy.yaml:2", '"quality.budgett"'] },
    { text: "quality: {budget: 0.01\n", said: ["policy.yaml:", "not valid YAML"] },
    { text: "allow: {models: *all}\n", said: ["policy.yaml", "not valid YAML", "alias"] },
  ])("in policy: $said.1", async ({ text, said }) => {
    expect((await run("discover", "--input-dir", "log.jsonl", "--quiet")).code).toBe(0);
    expect((await run("profile", "--quiet")).code).toBe(0);
    await layOut(folder, { "policy.yaml": text });
    expectRefusal(await run("plan"), "tokenop schema policy", ...said);
  });

  it("a file that is not there is named with the flag that takes it", async () => {
    const prices = await run("discover", "--input-dir", "log.jsonl", "--prices", "own.yaml", "--quiet");
    expectRefusal(prices, "TOP-PRICES-MISSING", "own.yaml", "no such file", "--prices FILE");
  });
});
