import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HoursUtc, PriceRow, Rates } from "../../pricing/contract.js";
import { contextClassOf, createPriceBook, priceUsage } from "../../pricing/index.js";
import { formatExact } from "../../shared/money.js";
import { batchesOf, jsonLines, openWorkbench, type Workbench } from "../fixtures/workbench.js";
import { ingest } from "../ingest.js";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const rate = fc.bigInt(0n, 10n ** 8n);
const rates = fc.record({
  input: rate,
  cachedInput: fc.option(rate),
  cacheWrite: fc.option(rate),
  cacheWrite1h: fc.option(rate),
  output: rate,
  reasoning: fc.option(rate),
});

const tenths = fc.record({ numerator: fc.bigInt(1n, 9n), denominator: fc.constant(10n) });
const timeOfDay = fc.constantFrom("00:00", "00:30", "06:00", "10:00", "16:30", "23:59");

const BASE = {
  capabilityClass: null,
  maxInputTokens: null,
  promptCache: null,
  source: "test",
  date: "2026-06-01",
};

const rowsOf = (provider: string, model: string): fc.Arbitrary<PriceRow[]> =>
  fc
    .record({
      tiers: fc.tuple(rates, rates),
      later: rates,
      bound: fc.constantFrom(100, 200_000),
      batchDiscount: fc.option(tenths),
      flex: fc.option(tenths),
      peak: fc.option(fc.record({ hoursUtc: fc.record({ start: timeOfDay, end: timeOfDay }), at: rates })),
    })
    .map(({ tiers, later, bound, batchDiscount, flex, peak }) => [
      {
        ...BASE,
        provider,
        model,
        batchDiscount,
        ...(flex !== null && { serviceTiers: [{ tier: "flex" as const, verified: true, ...flex }] }),
        from: null,
        until: "2026-06-15",
        tiers: [
          { aboveInputTokens: 0, rates: tiers[0] },
          { aboveInputTokens: bound, rates: tiers[1] },
        ],
      },
      {
        ...BASE,
        provider,
        model,
        batchDiscount,
        from: "2026-06-15",
        until: null,
        tiers: [{ aboveInputTokens: 0, rates: later }],
      },
      ...(peak === null ? [] : [{ ...BASE, provider, model, batchDiscount, ...during(peak) }]),
    ]);

/** Peak hours of the later price. */
const during = ({ hoursUtc, at }: { readonly hoursUtc: HoursUtc; readonly at: Rates }) => ({
  ...{ hoursUtc, from: "2026-06-15", until: null },
  tiers: [{ aboveInputTokens: 0, rates: at }],
});

const tokens = fc.oneof(fc.nat(300), fc.nat(400_000), fc.nat(20_000_000));
const call = fc.record({
  model: fc.constantFrom("one", "two", "unlisted"),
  provider: fc.constantFrom("a", "b"),
  ts: fc.constantFrom(
    "2026-06-01T00:00:00.000Z",
    "2026-06-14T23:59:59.999Z",
    "2026-06-15T00:00:00.000Z",
    "2026-06-15T05:59:59.999Z",
    "2026-06-15T06:00:00.000Z",
    "2026-06-17T09:59:59.999Z",
    "2026-06-17T10:00:00.000Z",
    "2026-06-18T16:29:59.999Z",
    "2026-06-18T16:30:00.000Z",
    "2026-06-19T23:59:30.000Z",
    "2026-06-20T00:00:00.000Z",
    "2026-06-20T00:30:00.000Z",
  ),
  plain: tokens,
  cached: fc.option(tokens),
  shortWrite: fc.option(fc.nat(1000)),
  longWrite: fc.option(fc.nat(1000)),
  visible: tokens,
  reasoning: fc.option(fc.nat(1000)),
  batch: fc.option(fc.boolean()),
  isBucket: fc.boolean(),
  count: fc.constantFrom(null, 0, 1, 3, 1000),
  service_tier: fc.option(fc.constantFrom("batch", "flex", "Flex_Discount", "priority", "default")),
});

/** A bucket is priced as its mean request, and as the smallest where no one knows how many it sums up. */
function inputOfARequest({ input_tokens, grain, request_count }: Priced): number {
  if (grain !== "bucket") return input_tokens;
  return request_count ? input_tokens / request_count : 0;
}

interface Priced {
  readonly input_tokens: number;
  readonly grain?: string;
  readonly request_count?: number | null;
}

describe("the list cost of an event", () => {
  it("is what the pricing room charges for it", async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsOf("a", "one"),
        rowsOf("b", "two"),
        fc.array(call, { minLength: 1, maxLength: 30 }),
        async (one, two, calls) => {
          const prices = createPriceBook([...one, ...two], [], { source: "test", date: "2026-06-01" });
          const events = calls.map(
            ({ plain, cached, shortWrite, longWrite, visible, reasoning, isBucket, count, ...rest }) => ({
              ...rest,
              ...(isBucket && { grain: "bucket", request_count: count }),
              input_tokens: plain + (cached ?? 0) + (shortWrite ?? 0) + (longWrite ?? 0),
              cached_input_tokens: cached,
              cache_write_tokens:
                shortWrite === null && longWrite === null ? null : (shortWrite ?? 0) + (longWrite ?? 0),
              cache_write_1h_tokens: longWrite,
              output_tokens: visible + (reasoning ?? 0),
              reasoning_tokens: reasoning,
            }),
          );
          const file = await bench.put("calls.jsonl", jsonLines(...events));
          const { engine, workspace, context } = bench;
          await ingest(batchesOf([file]), { engine, workspace, prices, context, eventsFormat: "parquet" });
          const stored = await engine.rows<{ cost: string | null }>(
            `SELECT cost_usd::VARCHAR AS cost FROM read_parquet('${workspace.events}')`,
          );

          const expected = events.map((one) => {
            const match = prices.find({ provider: one.provider, model: one.model, at: new Date(one.ts) });
            if (match === null) return null;
            const usage = {
              inputTokens: one.input_tokens,
              cachedInputTokens: one.cached_input_tokens ?? 0,
              cacheWriteTokens: one.cache_write_tokens ?? 0,
              cacheWrite1hTokens: one.cache_write_1h_tokens ?? 0,
              outputTokens: one.output_tokens,
              reasoningTokens: one.reasoning_tokens ?? 0,
            };
            const contextClass = contextClassOf(inputOfARequest(one), prices.thresholds);
            const terms = { contextClass, batch: one.batch ?? false, serviceTier: one.service_tier };
            return formatExact(priceUsage(usage, match.row, terms).amount);
          });
          expect(
            stored.map(({ cost }) => (cost === null ? null : cost.replace(/\.?0+$/, "") || "0")),
          ).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});
