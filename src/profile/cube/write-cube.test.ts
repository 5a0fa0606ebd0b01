import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import { contextClassOf, priceUsage } from "../../pricing/index.js";
import { formatExact, parseUsd } from "../../shared/money.js";
import { openStage, priceRow, type Stage, testPrices } from "../fixtures/stage.js";
import { queryRows } from "../queries/load-query.js";
import { writeCube } from "./write-cube.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const prices = testPrices([
  priceRow("nova-large", 1_000_000n, 0n, {
    serviceTiers: [{ tier: "priority", numerator: 5n, denominator: 3n, verified: true }],
  }),
]);

async function cubeOf(events: readonly Partial<CanonicalEvent>[], book = prices) {
  await stage.writeEvents(events);
  const { engine, workspace } = stage;
  await writeCube(engine, workspace, book, {
    eventsPath: workspace.events,
    clustered: false,
    assignedFirst: false,
  });
  return engine.rows("SELECT * FROM workload_cube ORDER BY ALL");
}

const call = { provider: "acme", model: "large", input_tokens: 100, output_tokens: 10 };

describe("the workload cube", () => {
  it("keeps one row per hour and combination of keys, with absent keys named", async () => {
    const rows = await cubeOf([
      { ...call, ts: "2026-10-01T10:05:00Z", tenant: "a", intent: "faq" },
      { ...call, ts: "2026-10-01T10:55:00Z", tenant: "a", intent: "faq" },
      { ...call, ts: "2026-10-01T11:00:00Z", tenant: "a", intent: "faq" },
      { ts: "2026-10-01T11:00:00Z" },
    ]);

    expect(
      rows.map((row) => [row.hour, row.tenant, row.cluster, row.model, row.status, row.requests]),
    ).toEqual([
      ["2026-10-01T10:00:00.000Z", "a", "faq", "large", "ok", 2],
      ["2026-10-01T11:00:00.000Z", "a", "faq", "large", "ok", 1],
      ["2026-10-01T11:00:00.000Z", "unknown", "unknown", "unknown", "ok", 1],
    ]);
  });

  it("puts a request at a price threshold into the lower class, as the price list does", async () => {
    const rows = await cubeOf([
      { ...call, input_tokens: 1000 },
      { ...call, input_tokens: 1001 },
    ]);

    expect(rows.map((row) => [row.context_class, row.list_usd])).toEqual([
      [0, "0.002600000000"],
      [1000, "0.005105000000"],
    ]);
  });

  it("prices each hour at the rate in force on its date", async () => {
    const book = testPrices([
      priceRow("dated", 1_000_000n, 0n, { until: "2026-10-02" }),
      priceRow("dated", 3_000_000n, 0n, { from: "2026-10-02" }),
    ]);
    const dated = { ...call, model: "dated", output_tokens: 0 };
    const rows = await cubeOf(
      [
        { ...dated, ts: "2026-10-01T23:59:59Z" },
        { ...dated, ts: "2026-10-02T00:00:00Z" },
      ],
      book,
    );

    expect(rows.map((row) => row.list_usd)).toEqual(["0.000100000000", "0.000300000000"]);
  });

  it("prices peak hours at their own rate", async () => {
    const book = testPrices([
      priceRow("peaky", 1_000_000n, 0n),
      priceRow("peaky", 4_000_000n, 0n, { hoursUtc: { start: "08:00", end: "20:00" } }),
    ]);
    const peaky = { ...call, model: "peaky", output_tokens: 0 };
    const rows = await cubeOf(
      [
        { ...peaky, ts: "2026-10-01T07:30:00Z" },
        { ...peaky, ts: "2026-10-01T08:30:00Z" },
      ],
      book,
    );

    expect(rows.map((row) => row.list_usd)).toEqual(["0.000100000000", "0.000400000000"]);
  });

  it("leaves an unknown model unpriced and never free, with what was billed for it", async () => {
    const rows = await cubeOf([{ ...call, model: "nova", cost_usd: 0.25, cost_basis: "billed" }]);

    expect(rows).toMatchObject([
      { list_usd: null, billed_usd: "0.250000000000", cost_usd: "0.250000000000" },
    ]);
  });

  it("takes a list-priced event's cost from the book and a billed one's from the bill", async () => {
    const rows = await cubeOf([
      { ...call, cost_usd: 9, cost_basis: "list_price" },
      { ...call, cost_usd: 0.0003, cost_basis: "billed" },
    ]);

    expect(rows.map((row) => [row.billed, row.cost_usd, row.list_usd])).toEqual([
      [false, "0.000350000000", "0.000350000000"],
      [true, "0.000300000000", "0.000350000000"],
    ]);
  });

  it("ignores subsets of a total that is not known", async () => {
    const rows = await cubeOf([{ ...call, input_tokens: null, cached_input_tokens: 40 }]);

    expect(rows).toMatchObject([{ input_tokens: 0, cached_input_tokens: 0, list_usd: "0.000100000000" }]);
  });
});

const smallCount = fc.integer({ min: 0, max: 2500 });
const anyEvent = fc
  .record({
    ts: fc
      .integer({ min: 0, max: 200 })
      .map((minute) => new Date(Date.UTC(2026, 9, 1, 0, minute)).toISOString()),
    model: fc.constantFrom("large", "nova-large", "nova"),
    service_tier: fc.constantFrom("priority", "flex", null),
    tenant: fc.constantFrom("a", "b", null),
    batch: fc.constantFrom(true, false, null),
    status: fc.constantFrom("ok" as const, "error" as const, null),
    input: smallCount,
    cached: fc.double({ min: 0, max: 1, noNaN: true }),
    output: smallCount,
    cost: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
  })
  .map(({ input, cached, output, cost, ...rest }) => ({
    ...rest,
    provider: "acme",
    input_tokens: input,
    cached_input_tokens: Math.floor(input * cached),
    output_tokens: output,
    cost_usd: cost === null ? null : cost / 1e6,
    cost_basis: cost === null ? null : ("billed" as const),
  }));

describe("cube totals", () => {
  it("equal the sums over events, and the price of each event alone, to the pico-USD", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 40 }), async (events) => {
        await cubeOf(events);
        const [totals] = await queryRows(stage.engine, "totals");

        const sum = (pick: (event: (typeof events)[number]) => number): number =>
          events.reduce((total, event) => total + pick(event), 0);
        expect(totals).toMatchObject({
          events: events.length,
          inputTokens: sum((event) => event.input_tokens),
          cachedInputTokens: sum((event) => event.cached_input_tokens),
          outputTokens: sum((event) => event.output_tokens),
          errorEvents: events.filter(({ status }) => status === "error").length,
        });
        const listed = events.reduce((total, event) => total + listPrice(event), 0n);
        expect(formatExact(parseUsd(String(totals!.listCost)))).toBe(formatExact(listed));
        const billed = events.reduce(
          (total, { cost_usd }) => total + parseUsd((cost_usd ?? 0).toFixed(6)),
          0n,
        );
        expect(formatExact(parseUsd(String(totals!.billedCost)))).toBe(formatExact(billed));
      }),
      { numRuns: 25 },
    );
  });
});

function listPrice(
  event: { readonly model: string; readonly input_tokens: number } & Partial<CanonicalEvent>,
): bigint {
  const match = prices.find({ provider: "acme", model: event.model, at: new Date(event.ts!) });
  if (match === null) return 0n;
  const usage = {
    inputTokens: event.input_tokens,
    cachedInputTokens: event.cached_input_tokens!,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: event.output_tokens!,
    reasoningTokens: 0,
  };
  const contextClass = contextClassOf(event.input_tokens, prices.thresholds);
  return priceUsage(usage, match.row, {
    contextClass,
    batch: event.batch ?? false,
    serviceTier: event.service_tier ?? null,
  }).amount;
}
