import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reportFixture } from "../../../test/support/report-fixture.js";
import { costRowsFixture, hostileNames } from "../../../test/support/workload-fixture.js";
import { formatExact, parseUsd } from "../../shared/money.js";
import type { CostRow } from "../contract.js";
import { renderReports } from "../registry.js";
import { compareCosts, comparisonJson } from "./compare.js";
import { judgeGates, parseGate } from "./gates.js";
import { COMMENT_MARKER, diffComment, diffMarkdown, verdictOf } from "./markdown.js";
import { readCostRows } from "./read-rows.js";

const { baseline, optimized } = costRowsFixture();
const comparison = compareCosts(baseline, optimized);

const row = (changes: Partial<CostRow> = {}): CostRow => ({
  cluster: "chat",
  provider: "openai",
  model: "gpt-5",
  batch: false,
  requestsMonth: 100,
  inputTokensMonth: 1000,
  outputTokensMonth: 100,
  costUsdMonth: "10",
  ...changes,
});

describe("two cost tables", () => {
  it("differ in the lines that changed, the greatest change first", () => {
    expect(comparison.rows.map(({ model, change }) => [model, formatExact(change)])).toEqual([
      [baseline[0]!.model, "-21378.571428"],
      [optimized[0]!.model, "6403.271428"],
    ]);
    expect(formatExact(comparison.change)).toBe("-14975.3");
    expect(comparison.changeShare).toBeCloseTo(-14975.3 / 42_851, 6);
  });

  it("that are equal have no lines, whatever their order", () => {
    const same = compareCosts(baseline, [...baseline].reverse());
    expect([same.rows, same.change, same.changeShare]).toEqual([[], 0n, 0]);
  });

  const rows = fc.array(
    fc.record({
      cluster: fc.constantFrom("a", "b", "c"),
      provider: fc.constantFrom("x", "y"),
      model: fc.constantFrom("m", "n"),
      batch: fc.boolean(),
      requestsMonth: fc.nat(),
      inputTokensMonth: fc.nat(),
      outputTokensMonth: fc.nat(),
      costUsdMonth: fc.bigInt({ min: 0n, max: 10n ** 18n }).map(formatExact),
    }),
  );

  it("lose no pico-dollar: changes of lines add up to the whole, and back is the opposite", () => {
    fc.assert(
      fc.property(rows, rows, (before, after) => {
        const there = compareCosts(before, after);
        const total = there.rows.reduce((sum, { change }) => sum + change, 0n);
        expect(total).toBe(there.change);
        expect(compareCosts(after, before).change).toBe(-there.change);
      }),
    );
  });
});

describe("the tables that report writes", () => {
  const fileOf = async (file: string, format: string) =>
    (await renderReports(reportFixture(), [format])).find((found) => found.file === file)!.text;

  it("are read back as they were, money exact", async () => {
    const sorted = (list: readonly CostRow[]) =>
      list.map(({ cluster, costUsdMonth }) => [cluster, costUsdMonth]).sort();
    expect(sorted(readCostRows(await fileOf("baseline.csv", "csv"), "baseline.csv"))).toEqual(
      sorted(baseline),
    );
    expect(sorted(readCostRows(await fileOf("report.json", "json"), "report.json"))).toEqual(
      sorted(baseline),
    );
  });

  it.each([
    ["a,b\n1,2\n", "x.csv:1", "Missing columns: cluster"],
    [
      "cluster,provider,model,batch,requests_month,input_tokens_month,output_tokens_month,cost_usd_month\nc,p,m,false,many,1,1,1\n",
      "x.csv:2: requests_month",
      'Found "many"',
    ],
    [
      "cluster,provider,model,batch,requests_month,input_tokens_month,output_tokens_month,cost_usd_month\nc,p,m,false,1,1,1,USD 3\n",
      "x.csv:2: cost_usd_month",
      'Found "USD 3"',
    ],
  ])("are refused by file, line and column where they are broken: %#", (text, message, found) => {
    expect(() => readCostRows(text, "x.csv")).toThrow(
      expect.objectContaining({
        code: "TOP-DIFF-FILE",
        exitCode: 2,
        message: expect.stringContaining(message),
        found: expect.stringContaining(found),
      }),
    );
  });

  it("are refused where a report.json is none", () => {
    expect(() => readCostRows("{}", "report.json")).toThrow(
      expect.objectContaining({ code: "TOP-DIFF-FILE" }),
    );
  });
});

describe("a gate", () => {
  const judge = (text: string, given = comparison) => judgeGates([parseGate(text)], given)[0]!;
  const grown = compareCosts([row()], [row({ costUsdMonth: "10.6", requestsMonth: 106 })]);

  it.each([
    ["cost-increase>5%", 6, false],
    ["cost-increase > 6%", 6, true],
    ["cost-increase>=6%", 6, false],
    ["cost-increase>0.5usd", 0.6, false],
    ["cost>100", 10.6, true],
    ["cost<20 USD", 10.6, false],
    ["cost-per-request-increase>1%", 0, true],
    ["requests-increase>5%", 6, false],
    ["input-tokens-increase>0%", 0, true],
    ["row-cost-increase>1", 0.6, true],
  ])("%s with %d", (text, value, holds) => {
    const result = judge(text, grown);
    expect(result.value).toBeCloseTo(value, 9);
    expect(result.holds).toBe(holds);
  });

  it("fails where its figure cannot be told", () => {
    expect(judge("cost-increase>5%", compareCosts([], [row()]))).toMatchObject({ value: null, holds: false });
  });

  it.each(["cost-increase", "cost-increse>5%", "cost>5%", "cost-increase>five%", "cost-increase>5"])(
    "that cannot be read is refused with the way out: %s",
    (text) => {
      expect(() => parseGate(text)).toThrow(
        expect.objectContaining({
          code: "TOP-DIFF-GATE",
          exitCode: 2,
          fix: expect.stringContaining("Metrics:"),
        }),
      );
    },
  );
});

describe("as Markdown", () => {
  it("puts the verdict and the gates first", () => {
    const gates = judgeGates([parseGate("cost-increase>5%"), parseGate("cost<1")], comparison);
    const [verdict, judged] = diffMarkdown(comparison, gates).split("\n\n");

    expect(verdict!.replaceAll("\u00a0", " ")).toBe(
      "**\u2705 LLM cost falls by USD 14,975 a month (34.9 %): USD 42,851 to USD 27,876.**",
    );
    expect(judged).toContain("`cost-increase>5%`");
  });

  it("is one marked comment with its lines folded", () => {
    const text = diffComment(comparison, []);
    expect(text.startsWith(COMMENT_MARKER)).toBe(true);
    expect(text.indexOf("LLM cost falls")).toBeLessThan(text.indexOf("<details>"));
    expect(text).toContain("| Cluster | Model |");
  });

  it("says so where nothing changes", () => {
    expect(verdictOf(compareCosts(baseline, baseline))).toContain("does not change");
  });

  it("shows names with markup as text", () => {
    const rows = hostileNames.clusters.map((cluster) => row({ cluster, model: "<img src=x>" }));
    const text = diffMarkdown(compareCosts(rows, []), []);
    expect(text).not.toMatch(/<(?!\/?(?:details|summary))/);
    expect(parseUsd(comparisonJson(compareCosts(rows, [])).change_usd_month)).toBeLessThan(0n);
  });
});
