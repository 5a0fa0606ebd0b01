import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import { openStage, priceRow, type Stage, testPrices } from "../fixtures/stage.js";
import { queryRows } from "../queries/load-query.js";
import { writeCube } from "./write-cube.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const prices = testPrices([
  priceRow("nova", 1_000_000n, 0n, {
    serviceTiers: [{ tier: "priority", numerator: 5n, denominator: 3n, verified: true }],
  }),
]);

const QUESTIONS = [
  "totals",
  "drivers",
  "reconciliation",
  "unpriced",
  "price-terms",
  "cluster-totals",
] as const;

/** Every figure that counts requests, tokens or money; hours of the day apart, which buckets do not have. */
async function figuresOf(events: readonly Partial<CanonicalEvent>[]) {
  await stage.writeEvents(events);
  const { engine, workspace } = stage;
  await writeCube(engine, workspace, prices, {
    eventsPath: workspace.events,
    clustered: false,
    assignedFirst: false,
  });
  const cube = await engine.rows("SELECT * EXCLUDE (grain) FROM workload_cube ORDER BY ALL");
  const answers = [];
  for (const name of QUESTIONS) {
    const options = name === "drivers" ? { parameters: { top: 20 } } : {};
    const rows = await queryRows(engine, name, options);
    answers.push(
      rows.filter(({ dimension }) => dimension !== "hour").map(({ bucketCost: _, ...row }) => row),
    );
  }
  return { cube, answers };
}

const requestLike = fc.record({
  minute: fc.integer({ min: 0, max: 180 }),
  model: fc.constantFrom("large", "nova", "unlisted"),
  service_tier: fc.constantFrom("priority", null),
  tenant: fc.constantFrom("a", "b", null),
  batch: fc.constantFrom(true, null),
  status: fc.constantFrom("ok" as const, "error" as const),
  input: fc.integer({ min: 0, max: 2500 }),
  output: fc.integer({ min: 0, max: 500 }),
  cachedShare: fc.integer({ min: 0, max: 4 }),
  micro: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
  calls: fc.integer({ min: 1, max: 6 }),
});

type RequestLike = typeof requestLike extends fc.Arbitrary<infer T> ? T : never;

function eventOf({ minute, input, output, cachedShare, micro, calls, ...rest }: RequestLike, times: number) {
  return {
    ...rest,
    provider: "acme",
    ts: new Date(Date.UTC(2026, 9, 1, 0, minute)).toISOString(),
    input_tokens: input * times,
    cached_input_tokens: Math.floor((input * cachedShare) / 4) * times,
    output_tokens: output * times,
    cost_usd: micro === null ? null : (micro * times) / 1e6,
    cost_basis: micro === null ? null : ("billed" as const),
  };
}

const bucketOf = (given: RequestLike) => ({
  ...eventOf(given, given.calls),
  grain: "bucket" as const,
  request_count: given.calls,
  bucket_seconds: 60,
});

const requestsOf = (given: RequestLike) => Array.from({ length: given.calls }, () => eventOf(given, 1));

describe("a bucket of equal requests", () => {
  it("counts, sums and costs what its requests do", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(requestLike, { minLength: 1, maxLength: 15 }), async (given) => {
        expect(await figuresOf(given.map(bucketOf))).toEqual(await figuresOf(given.flatMap(requestsOf)));
      }),
      { numRuns: 30 },
    );
  });

  it("leaves what single requests show as it is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(requestLike, { minLength: 1, maxLength: 8 }),
        fc.array(requestLike, { minLength: 1, maxLength: 8 }),
        async (single, summed) => {
          const shown = async (events: readonly Partial<CanonicalEvent>[]) => {
            await figuresOf(events);
            const { engine, workspace } = stage;
            const tables = [workspace.sketches, workspace.minutes, workspace.arrivals];
            return Promise.all(
              tables.map((path) => engine.rows(`FROM read_parquet('${path}') ORDER BY ALL`)),
            );
          };
          const requests = single.flatMap(requestsOf);
          const marks = summed.map((given) => ({ ...bucketOf(given), latency_ms: 5, prompt_hash: "x" }));

          expect(await shown([...requests, ...marks])).toEqual(await shown(requests));
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("the context class of a bucket", () => {
  const bucket = { provider: "acme", model: "large", output_tokens: 0, grain: "bucket" as const };
  const classOf = async (event: Partial<CanonicalEvent>) => {
    const { engine } = stage;
    await figuresOf([{ ...bucket, ...event }]);
    return engine.rows("SELECT grain, context_class, requests, list_usd FROM workload_cube");
  };

  it("is that of its mean request", async () => {
    expect(await classOf({ input_tokens: 100_000, request_count: 100 })).toMatchObject([
      { grain: "bucket", context_class: 0, requests: 100, list_usd: "0.250000000000" },
    ]);
    expect(await classOf({ input_tokens: 100_001, request_count: 100 })).toMatchObject([
      { context_class: 1000 },
    ]);
  });

  it("is the lowest where it does not say how many requests it is", async () => {
    for (const request_count of [null, 0]) {
      expect(await classOf({ input_tokens: 100_001, request_count })).toMatchObject([
        { grain: "uncounted", context_class: 0, requests: 1, list_usd: "0.250002500000" },
      ]);
    }
  });
});
