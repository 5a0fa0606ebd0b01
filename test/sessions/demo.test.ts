import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { filesBelow } from "../support/folder-contents.js";
import { schemaProblems } from "../support/session.js";

interface DemoJson {
  readonly workspace: string;
  readonly report: string;
  readonly patches: readonly string[];
  readonly saving: { readonly planned_usd_month: number; readonly certified_usd_month: number };
}

interface Demo {
  readonly dir: string;
  readonly result: CliResult;
}

/** Ends the process that opens a connection or looks up a name. */
const NO_NETWORK = `
const refuse = () => { process.stderr.write("NETWORK USED\\n"); process.exit(99); };
require("node:net").Socket.prototype.connect = refuse;
require("node:dns").lookup = refuse;
`;

async function runDemo(...flags: string[]): Promise<Demo> {
  const cwd = await temporaryFolder();
  const guard = join(cwd, "no-network.cjs");
  await writeFile(guard, NO_NETWORK);
  const dir = join(cwd, "demo");
  const env = { NODE_OPTIONS: `--require ${guard}` };
  return { dir, result: await tokenop(["demo", "--dir", dir, "--json", ...flags], { cwd, env }) };
}

/** A file's text without what may differ between equal runs: the run block, and the workspace's own path. */
async function comparable(dir: string, file: string): Promise<string> {
  const bytes = await readFile(join(dir, file));
  if (file.endsWith(".parquet")) return bytes.toString("latin1");
  const text = bytes.toString("utf8").replaceAll(dir, "<workspace>");
  if (file.endsWith(".yaml") && parse(text)?.run?.created_at !== undefined)
    return text.replace(/^run:\n(?: .*\n)+/m, "");
  if (file === "reports/report.json") {
    const { run, ...rest } = JSON.parse(text);
    return JSON.stringify(rest);
  }
  return file === "reports/report.html" ? text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<instant>") : text;
}

let demo: Demo;
let again: Demo;

beforeAll(async () => {
  demo = await runDemo();
  again = await runDemo();
}, 240_000);

describe("tokenop demo", () => {
  it("runs all stages without a connection, and prints JSON that fits its schema", async () => {
    expect(demo.result.stderr).not.toContain("NETWORK USED");
    expect(demo.result.code).toBe(0);
    expect(await schemaProblems("demo", demo.result.json())).toEqual([]);
  });

  it("names a report and patches that exist", async () => {
    const { workspace, report, patches } = demo.result.json<DemoJson>();
    expect(workspace).toBe(demo.dir);
    expect(patches.length).toBeGreaterThan(0);
    for (const path of [report, ...patches]) await expect(access(path)).resolves.toBeUndefined();
  });

  it("certifies a part of its plan, and says that the rest is not shown", async () => {
    const { saving } = demo.result.json<DemoJson>();
    expect(saving.certified_usd_month).toBeGreaterThan(0);
    expect(saving.certified_usd_month).toBeLessThan(saving.planned_usd_month);
    const evaluation = parse(await readFile(join(demo.dir, "evaluation.yaml"), "utf8"));
    const verdicts = evaluation.decisions.map(({ verdict }: { verdict: string }) => verdict);
    expect(new Set(verdicts).size).toBeGreaterThan(1);
  });

  it("says in every name and every output that it is simulated", async () => {
    const profile = parse(await readFile(join(demo.dir, "profile.yaml"), "utf8"));
    const keys = (dimension: string): string[] =>
      profile.drivers[dimension].map(({ key }: { key: string }) => key);
    for (const key of keys("model")) expect(key).toContain("sim-");
    for (const key of keys("tenant")) expect(key).toMatch(/^sim-/);
    const outputs = (await filesBelow(demo.dir)).filter((file) =>
      /^patches\/|^reports\/(report|summary)/.test(file),
    );
    expect(outputs.length).toBeGreaterThanOrEqual(5);
    for (const file of outputs) {
      const text = await readFile(join(demo.dir, file), "utf8");
      expect([file, /simulat/i.test(text)]).toEqual([file, true]);
    }
  });

  it("gives the same bytes for the same seed, in any folder", async () => {
    const files = await filesBelow(demo.dir);
    expect(await filesBelow(again.dir)).toEqual(files);
    expect(files).toEqual(expect.arrayContaining([".tokenop/cube.parquet", "reports/report.html"]));
    const differing: string[] = [];
    for (const file of files) {
      if ((await comparable(demo.dir, file)) !== (await comparable(again.dir, file))) differing.push(file);
    }
    expect(differing).toEqual([]);
  });

  it("gives another workload for another seed", async () => {
    const other = await runDemo("--seed", "7");
    expect(other.result.code).toBe(0);
    const files = [
      "prompts.jsonl",
      "profile.yaml",
      "plan.yaml",
      "evaluation.yaml",
      ".tokenop/events.parquet",
    ];
    for (const file of files)
      expect([file, await comparable(other.dir, file)]).not.toEqual([file, await comparable(demo.dir, file)]);
  }, 240_000);

  it("does not replace a workspace that is not a demo", async () => {
    const dir = await temporaryFolder();
    await tokenop(["init", "--dir", dir], { cwd: dir });
    const result = await tokenop(["demo", "--dir", dir], { cwd: dir });
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain("TOP-DEMO-DIR");
  });
});

describe("the demo's report", () => {
  it("shows no figure that report.json does not hold at the path it names", async () => {
    const html = await readFile(join(demo.dir, "reports/report.html"), "utf8");
    const report = JSON.parse(await readFile(join(demo.dir, "reports/report.json"), "utf8"));
    const { document } = parseHTML(html);
    const figures = [...document.querySelectorAll("data")];
    expect(figures.length).toBeGreaterThan(100);
    const wrong = figures
      .map((figure) => {
        const path = figure.getAttribute("data-path") ?? "";
        return { path, shown: figure.getAttribute("value"), held: String(valueAt(report, path)) };
      })
      .filter(({ shown, held }) => shown !== held);
    expect(wrong).toEqual([]);
  });

  it("writes each figure as its value, rounded to the digits shown, as it is or in hundredths", async () => {
    const { document } = parseHTML(await readFile(join(demo.dir, "reports/report.html"), "utf8"));
    const wrong = [...document.querySelectorAll("data")]
      .map((figure) => ({ shown: figure.textContent, value: Number(figure.getAttribute("value")) }))
      .filter(({ shown, value }) => !saysValue(shown, value));
    expect(wrong).toEqual([]);
  });

  it("writes each of its words as report.json has them", async () => {
    const html = await readFile(join(demo.dir, "reports/report.html"), "utf8");
    const report = JSON.parse(await readFile(join(demo.dir, "reports/report.json"), "utf8"));
    const { document } = parseHTML(html);
    const words = [...document.querySelectorAll("span[data-path]")];
    expect(words.length).toBeGreaterThan(50);
    const wrong = words
      .map((word) => ({
        shown: word.textContent,
        held: String(valueAt(report, word.getAttribute("data-path")!)),
      }))
      .filter(({ shown, held }) => shown !== held);
    expect(wrong).toEqual([]);
  });
});

/** Points and percent are shown a hundred times as large as they are held. */
function saysValue(shown: string, value: number): boolean {
  const number = /[+-]?\d+(?:\.(\d+))?/.exec(shown.replaceAll("−", "-").replaceAll(/,|USD\s/g, ""));
  if (number === null) return false;
  const tolerance = 0.5 * 10 ** -(number[1]?.length ?? 0) + 1e-9;
  return [1, 100].some((scale) => Math.abs(value * scale - Number(number[0])) <= tolerance);
}

function valueAt(root: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}
