import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { writeInputs } from "../support/small-workspace.js";

let dir: string;

beforeAll(async () => {
  dir = await temporaryFolder();
  await writeInputs(dir, { model: "sim-large" });
  for (const args of [["discover", "--input-dir", "input"], ["profile"], ["plan"], ["report"]]) {
    const result = await tokenop(args, { cwd: dir });
    expect([args[0], result.code, result.stderr]).toEqual([args[0], 0, expect.any(String)]);
  }
});

describe("a report rendered again", () => {
  it("from report.json alone, elsewhere, is the same to the byte", async () => {
    const elsewhere = await temporaryFolder();
    const from = join(dir, "reports/report.json");
    const result = await tokenop(["report", "--from", from, "--output-dir", "again"], { cwd: elsewhere });
    expect(result.code).toBe(0);

    const names = (await readdir(join(dir, "reports"))).sort();
    expect((await readdir(join(elsewhere, "again"))).sort()).toEqual(names);
    for (const name of names)
      expect(await readFile(join(elsewhere, "again", name), "utf8")).toBe(
        await readFile(join(dir, "reports", name), "utf8"),
      );
  });

  it("from a file that is none is refused with file, line and field", async () => {
    const result = await tokenop(["report", "--from", "profile.yaml"], { cwd: dir });

    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/profile\.yaml:\d+: field "/);
  });
});

describe("the FOCUS export", () => {
  it("adds up to what the report says was spent", async () => {
    const result = await tokenop(["report", "--format", "focus,json"], { cwd: dir });
    expect(result.code).toBe(0);
    const rows: Record<string, string>[] = parse(await readFile(join(dir, "reports/focus.csv"), "utf8"), {
      columns: true,
    });
    const report = JSON.parse(await readFile(join(dir, "reports/report.json"), "utf8"));
    const total = rows.reduce((sum, row) => sum + Number(row.EffectiveCost), 0);

    expect(rows.length).toBeGreaterThan(0);
    expect(total).toBeCloseTo(report.spend.observed.value, 9);
  });
});
