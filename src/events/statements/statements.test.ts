import { access } from "node:fs/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RawBatch, Statement } from "../contract.js";
import {
  event,
  jsonLines,
  NO_MAPPING,
  openWorkbench,
  smallPriceBook,
  type Workbench,
} from "../fixtures/workbench.js";
import { ingest } from "../index.js";

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const line = (fields: Partial<Statement> = {}): Statement => ({
  source: "openai-org",
  provider: "openai",
  account: "org-1",
  tenant: null,
  model: "gpt-4o",
  lineItem: "gpt-4o, input",
  periodStart: "2026-06-01T00:00:00Z",
  periodEnd: "2026-06-02T00:00:00Z",
  requests: null,
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  amount: "1",
  currency: "USD",
  basis: "billed",
  ...fields,
});

/** A call of so many input tokens at 2.50 USD a million. */
const call = (day: number, tokens: number, fields: Readonly<Record<string, unknown>> = {}) =>
  event({
    ts: `2026-06-${String(day).padStart(2, "0")}T10:00:00Z`,
    provider: "openai",
    input_tokens: tokens,
    output_tokens: 0,
    ...fields,
  });

async function ingestAll(statements: readonly Statement[], events: readonly Record<string, unknown>[] = []) {
  const file = await bench.put("calls.jsonl", jsonLines(...events));
  async function* batches(): AsyncGenerator<RawBatch> {
    if (events.length > 0) yield { kind: "files", files: [file], mapping: NO_MAPPING };
    yield { kind: "statements", statements };
  }
  const { engine, workspace, context } = bench;
  return ingest(batches(), { engine, workspace, prices: smallPriceBook(), context, eventsFormat: "parquet" });
}

const stored = () =>
  bench.engine.rows(`SELECT * FROM read_parquet('${bench.workspace.statements}') ORDER BY ALL`);

describe("lines of bills", () => {
  it("are kept apart from events, amounts exact and in their currency", async () => {
    const result = await ingestAll(
      [line({ amount: "-0.000000000000000001" }), line({ amount: "12.5", currency: "EUR", inputTokens: 7 })],
      [call(1, 100)],
    );

    expect(result).toMatchObject({ read: 1, valid: 1, statements: 2 });
    expect(await stored()).toMatchObject([
      {
        amount: "12.500000000000000000",
        currency: "EUR",
        input_tokens: 7,
        period_end: "2026-06-02T00:00:00.000Z",
      },
      { amount: "-0.000000000000000001", currency: "USD", input_tokens: null },
    ]);
  });

  it.each([
    [{ amount: "1e3" }, "its amount"],
    [{ amount: "" }, "its amount"],
    [{ periodEnd: "2026-06-01T00:00:00Z" }, "its period ends before it begins"],
    [{ periodStart: "June" }, "its period is no pair of instants"],
    [{ currency: "usd" }, "its currency"],
    [{ requests: 1.5 }, "its requests"],
  ])("with %j are left out and told, the others are kept", async (fields, reason) => {
    const result = await ingestAll([line(fields), line()]);

    expect(result.statements).toBe(1);
    expect(result.warnings).toEqual([
      expect.stringContaining(`1 line of bills left out; openai-org: ${reason}`),
    ]);
  });

  it("are written where there is no event at all, and go with the events of their discovery", async () => {
    await ingestAll([line()]);
    expect(await stored()).toHaveLength(1);

    await ingestAll([], [call(1, 100)]);
    await expect(access(bench.workspace.statements)).rejects.toThrow();
  });
});

describe("a bill against events", () => {
  const reconcile = async (...args: Parameters<typeof ingestAll>) =>
    (await ingestAll(...args)).reconciliation;

  it("says what events explain, per model and day", async () => {
    const [bill] = await reconcile(
      [
        line({ amount: "0.30" }),
        line({ amount: "0.02", lineItem: "web search", model: null }),
        line({ amount: "5", periodStart: "2026-06-03T00:00:00Z", periodEnd: "2026-06-04T00:00:00Z" }),
      ],
      [call(1, 100_000), call(1, 10_000, { model: "o9", cost_usd: 0.01 }), call(2, 40_000)],
    );

    expect(bill).toMatchObject({
      source: "openai-org",
      lines: 3,
      amount: "5.32",
      comparedAmount: "0.32",
      explainedUsd: "0.26",
      explainedBilledUsd: "0.01",
      differenceUsd: "0.06",
      explainedShare: 0.8125,
      days: 2,
      daysOnlyBilled: 1,
      daysOnlyEvents: 1,
      first: "2026-06-01T00:00:00.000Z",
      last: "2026-06-04T00:00:00.000Z",
    });
    expect(bill!.models).toMatchObject([
      { model: "gpt-4o", amount: "5.3", comparedAmount: "0.3", explainedUsd: "0.25", differenceUsd: "0.05" },
      {
        model: null,
        amount: "0.02",
        explainedUsd: "0.01",
        explainedBilledUsd: "0.01",
        differenceUsd: "0.01",
      },
    ]);
  });

  it("takes a dated name for the model that it is a version of", async () => {
    const [bill] = await reconcile(
      [line({ model: "GPT-4o-2024-08-06", amount: "0.25" })],
      [call(1, 100_000)],
    );

    expect(bill!.models).toMatchObject([{ explainedUsd: "0.25", differenceUsd: "0" }]);
  });

  it("compares a month as a whole", async () => {
    const month = { periodStart: "2026-06-01T00:00:00Z", periodEnd: "2026-07-01T00:00:00Z" };
    const [bill] = await reconcile([line({ ...month, amount: "9" })], [call(1, 100_000), call(30, 100_000)]);

    expect(bill).toMatchObject({ comparedAmount: "9", explainedUsd: "0.5", days: 30, daysOnlyBilled: 28 });
  });

  it("never subtracts across currencies, and adds no source to another", async () => {
    const bills = await reconcile(
      [line({ amount: "3" }), line({ amount: "4", currency: "EUR" }), line({ amount: "3", source: "focus" })],
      [call(1, 100_000)],
    );

    expect(
      bills.map(({ source, currency, amount, differenceUsd }) => [source, currency, amount, differenceUsd]),
    ).toEqual([
      ["focus", "USD", "3", "2.75"],
      ["openai-org", "EUR", "4", null],
      ["openai-org", "USD", "3", "2.75"],
    ]);
  });

  it("adds up: models to the bill, and nothing is lost whatever the order of the lines", async () => {
    const anyLine = fc.record({
      day: fc.integer({ min: 1, max: 5 }),
      length: fc.integer({ min: 1, max: 3 }),
      cents: fc.integer({ min: -500, max: 500 }),
      model: fc.constantFrom("gpt-4o", "o9", null),
    });
    const anyCall = fc.record({
      day: fc.integer({ min: 1, max: 8 }),
      tokens: fc.nat(50_000),
      model: fc.constantFrom("gpt-4o", "o9", "x"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { minLength: 1, maxLength: 8 }),
        fc.array(anyCall, { minLength: 1, maxLength: 8 }),
        async (lines, calls) => {
          const statements = lines.map(({ day, length, cents, model }) =>
            line({
              model,
              amount: (cents / 100).toFixed(2),
              periodStart: `2026-06-0${day}T00:00:00Z`,
              periodEnd: `2026-06-0${day + length}T00:00:00Z`,
            }),
          );
          const events = calls.map(({ day, tokens, model }) =>
            call(day, tokens, { model, cost_usd: tokens / 1e6 }),
          );
          const [bill] = await reconcile(statements, events);

          const sumOf = (
            pick: (row: { amount: string; explainedUsd: string; comparedAmount: string }) => string,
          ) => bill!.models.reduce((sum, row) => sum + Math.round(Number(pick(row)) * 1e6), 0) / 1e6;
          expect(Number(bill!.amount)).toBeCloseTo(lines.reduce((sum, { cents }) => sum + cents, 0) / 100, 9);
          expect(sumOf(({ amount }) => amount)).toBeCloseTo(Number(bill!.amount), 9);
          expect(sumOf(({ comparedAmount }) => comparedAmount)).toBeCloseTo(Number(bill!.comparedAmount), 9);
          expect(sumOf(({ explainedUsd }) => explainedUsd)).toBeCloseTo(Number(bill!.explainedUsd), 9);
          const eventDays = new Set(calls.map(({ day }) => day));
          const billDays = new Set(
            lines.flatMap(({ day, length }) => Array.from({ length }, (_, at) => day + at)),
          );
          expect(bill).toMatchObject({
            days: billDays.size,
            daysOnlyBilled: [...billDays].filter((day) => !eventDays.has(day)).length,
            daysOnlyEvents: [...eventDays].filter((day) => !billDays.has(day)).length,
          });
          expect(await reconcile([...statements].reverse(), events)).toEqual([bill]);
        },
      ),
      { numRuns: 12 },
    );
  });
});
