import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reportFixture, reportInputFixture } from "../../test/support/report-fixture.js";
import { costRowsFixture, hostileNames } from "../../test/support/workload-fixture.js";
import { fromFileShape } from "../shared/case.js";
import { formatExact, parseUsd } from "../shared/money.js";
import { type CostRow, reportSchema } from "./contract.js";
import { COST_COLUMNS, DIFF_COLUMNS } from "./csv.js";
import { REPORT_FORMATS, renderReports } from "./registry.js";

const report = reportFixture();
const hostile = reportFixture(reportInputFixture(hostileNames));
const textOf = async (file: string, format: string, given = report) =>
  (await renderReports(given, [format])).find((found) => found.file === file)!.text;
const table = (text: string): Record<string, string>[] => parse(text, { columns: true });

describe("report formats", () => {
  it("yield the files that they declare", async () => {
    for (const format of REPORT_FORMATS) {
      const files = await format.render(report);
      expect(files.map(({ file }) => file)).toEqual(format.files);
    }
  });

  it("name the known formats for a word that is none", async () => {
    await expect(renderReports(report, ["pdf"])).rejects.toMatchObject({
      code: "TOP-REPORT-FORMAT",
      found: "Formats: html, md, csv, json, focus.",
    });
  });
});

describe("report.json", () => {
  it("holds every other format: read back, it renders the same bytes", async () => {
    const read = fromFileShape(reportSchema.parse(JSON.parse(await textOf("report.json", "json"))));
    for (const { id } of REPORT_FORMATS)
      expect(await renderReports(read, [id])).toEqual(await renderReports(report, [id]));
  });

  it("fits the published schema", async () => {
    expect(() => reportSchema.parse(JSON.parse("{}"))).toThrow();
    const parsed = reportSchema.parse(JSON.parse(await textOf("report.json", "json")));
    expect(parsed.verdict.certified_saving.value).toBe(14_975.3);
    expect(parsed.fleets[0]!.after!.gpu_hours).toEqual({
      value: 2_920,
      unit: "GPU-hours a month",
      basis: "estimated",
    });
    expect(parsed.economics!.npv.mid).toBe(263_900);
  });
});

describe("summary.md", () => {
  it("puts the verdict first", async () => {
    await expect(await textOf("summary.md", "md")).toMatchFileSnapshot("fixtures/summary.md.golden");
  });

  it("shows names with markup as text and keeps its tables whole", async () => {
    const text = await textOf("summary.md", "md", hostile);
    expect(text.replaceAll(/^>/gm, "")).not.toMatch(/[<>]/);
    expect(text).not.toMatch(/(?<!\\)\[link/);
    const rows = text.split("\n").filter((line) => line.startsWith("| "));
    const cells = new Set(rows.map((line) => line.split(/(?<!\\)\|/).length));
    expect([...cells].sort((left, right) => left - right)).toEqual([6, 7, 8, 9, 10, 11]);
  });
});

describe("the cost tables", () => {
  it.each(["baseline.csv", "optimized.csv", "diff.csv"])("are stable: %s", async (file) => {
    await expect(await textOf(file, "csv")).toMatchFileSnapshot(`fixtures/${file}.golden`);
  });

  it("have the documented columns", async () => {
    expect((await textOf("baseline.csv", "csv")).split("\n")[0]).toBe(COST_COLUMNS.join(","));
    expect((await textOf("diff.csv", "csv")).split("\n")[0]).toBe(DIFF_COLUMNS.join(","));
  });

  it("carry no cell that a spreadsheet would run", async () => {
    const row = { ...costRowsFixture().baseline[0]!, cluster: hostileNames.clusters[3], model: "@sum(1)" };
    const text = await textOf("baseline.csv", "csv", {
      ...report,
      costRows: { baseline: [row], optimized: [] },
    });
    expect(table(text)[0]).toMatchObject({ cluster: `'${hostileNames.clusters[3]}`, model: "'@sum(1)" });
  });

  const costRow = fc.record({
    cluster: fc.string({ minLength: 1, maxLength: 3 }),
    provider: fc.constantFrom("a", "b"),
    model: fc.string({ minLength: 1, maxLength: 3 }),
    batch: fc.boolean(),
    requestsMonth: fc.nat(),
    inputTokensMonth: fc.nat(),
    outputTokensMonth: fc.nat(),
    costUsdMonth: fc.bigInt({ min: 0n, max: 10n ** 18n }).map(formatExact),
  });
  const rows = fc.uniqueArray(costRow, {
    selector: (row) => JSON.stringify([row.cluster, row.provider, row.model, row.batch]),
  });

  it("lose no pico-dollar: the changes add up to optimized less baseline, exactly", async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (baseline, optimized) => {
        const text = await textOf("diff.csv", "csv", { ...report, costRows: { baseline, optimized } });
        const change = table(text).reduce((sum, row) => sum + parseUsd(row.change_cost_usd_month!), 0n);
        const total = (list: readonly CostRow[]) =>
          list.reduce((sum, row) => sum + parseUsd(row.costUsdMonth), 0n);
        expect(formatExact(change)).toBe(formatExact(total(optimized) - total(baseline)));
      }),
      { numRuns: 50 },
    );
  });
});
