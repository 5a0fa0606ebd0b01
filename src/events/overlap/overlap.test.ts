import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toFileShape } from "../../shared/case.js";
import type { OverlapMode, RawBatch } from "../contract.js";
import {
  event,
  jsonLines,
  NO_MAPPING,
  openWorkbench,
  smallPriceBook,
  type Workbench,
} from "../fixtures/workbench.js";
import { type Ingested, ingest } from "../index.js";
import { overlapSchema } from "./report.js";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

type Row = Readonly<Record<string, unknown>>;

async function ingestSources(sources: Readonly<Record<string, readonly Row[]>>, overlap?: OverlapMode) {
  const files = await Promise.all(
    Object.entries(sources).map(async ([source, rows]) => ({
      ...(await bench.put(`${source}.jsonl`, jsonLines(...rows))),
      source,
    })),
  );
  async function* batches(): AsyncGenerator<RawBatch> {
    yield { kind: "files", files, mapping: NO_MAPPING };
  }
  const { engine, workspace, context } = bench;
  const deps = { engine, workspace, prices: smallPriceBook(), context, eventsFormat: "parquet" } as const;
  const result = await ingest(batches(), overlap === undefined ? deps : { ...deps, overlap });
  accounted(result);
  const events = await engine.rows(`SELECT * FROM read_parquet('${workspace.events}')`);
  expect(events).toHaveLength(result.valid + (result.overlap?.residualRows ?? 0));
  return { result, events };
}

function accounted(result: Ingested): void {
  for (const counts of [result, ...result.files]) {
    expect(counts.read).toBe(counts.valid + counts.rejected + counts.duplicate + counts.overlapping);
  }
  expect(result.overlapping).toBe(result.overlap?.rows ?? 0);
  if (result.overlap !== null) overlapSchema.parse(toFileShape(result.overlap));
}

const at = (seconds: number): string => new Date(Date.UTC(2026, 5, 1, 10) + seconds * 1000).toISOString();

/** Calls of lengths of their own, a few seconds to minutes apart. */
const calls = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) =>
    event({
      id: `call-${index}`,
      ts: at(index * 37),
      provider: "openai",
      input_tokens: 1000 + ((index * 7919) % 4001),
      output_tokens: 10 + ((index * 104_729) % 997),
    }),
  );

/** What another tool has of the same calls: its own ids, its own clock, its own columns. */
const seenBy = (
  tool: string,
  rows: readonly Row[],
  fields: (row: Row, index: number) => Row = () => ({}),
): Row[] =>
  rows.map((row, index) => ({
    ...row,
    id: `${tool}-${index}`,
    ts: new Date(Date.parse(row.ts as string) + 800 + ((index * 311) % 1500)).toISOString(),
    ...fields(row, index),
  }));

describe("one call seen by two sources", () => {
  it("is one event, of the source that knows more, with what only the other knows", async () => {
    const given = calls(40);
    const gateway = seenBy("gw", given, () => ({ cost_usd: 0.5, tenant: "blue" }));
    const tool = seenBy("tool", given, (_, index) => ({ latency_ms: 900, intent: `intent-${index % 3}` }));
    const { result, events } = await ingestSources({ tool, gateway });

    expect(result).toMatchObject({ read: 80, valid: 40, overlapping: 40 });
    expect(result.overlap!.pairs).toMatchObject([
      { kept: "gateway", dropped: "tool", byId: 0, byTokens: 40, share: 1, chanceShare: 0, filled: 40 },
    ]);
    expect(new Set(events.map(({ source, cost_basis }) => `${source} ${cost_basis}`))).toEqual(
      new Set(["gateway billed"]),
    );
    for (const [index, row] of events.entries()) {
      expect(row).toMatchObject({ tenant: "blue", latency_ms: 900, intent: `intent-${index % 3}` });
    }
  });

  it("leaves word of the id that went, so that its prompt still finds the event", async () => {
    const given = calls(10);
    const tool = seenBy("tool", given);
    await ingestSources({ gateway: seenBy("gw", given, () => ({ cost_usd: 1 })), tool });

    const path = bench.workspace.sameCalls;
    const rows = await bench.engine.rows(`SELECT id, kept_id FROM read_parquet('${path}') ORDER BY id`);
    expect(rows).toEqual(given.map((_, index) => ({ id: `tool-${index}`, kept_id: `gw-${index}` })));
  });

  it("takes the bill from the source that goes, where only that has one", async () => {
    const given = calls(10);
    const rich = seenBy("rich", given, () => ({
      ...{ latency_ms: 5, tenant: "t", intent: "i", region: "eu", prompt_hash: "h", conversation_id: "c" },
    }));
    const { events } = await ingestSources({ rich, bill: seenBy("bill", given, () => ({ cost_usd: 0.25 })) });

    expect(events.map(({ source, cost_usd, cost_basis }) => [source, cost_usd, cost_basis])).toEqual(
      given.map(() => ["rich", "0.250000000000", "billed"]),
    );
  });

  it("is found by the provider's id even where lengths are counted differently", async () => {
    const given = calls(6);
    const other = given.map((row) => ({
      ...row,
      input_tokens: (row.input_tokens as number) + 9,
      cost_usd: 1,
    }));
    const { result, events } = await ingestSources({ a: given, b: other });

    expect(result.overlap!.pairs).toMatchObject([{ kept: "b", dropped: "a", byId: 6, byTokens: 0 }]);
    expect(events).toHaveLength(6);
  });

  it("is found where one source logs its begin and the other its end", async () => {
    const given = calls(30).map((row, index) => ({ ...row, latency_ms: 20_000 + index * 1000 }));
    const ends = seenBy("end", given, (row) => ({
      ts: new Date(Date.parse(row.ts as string) + (row.latency_ms as number)).toISOString(),
      latency_ms: null,
    }));
    const { result } = await ingestSources({ begins: given, ends });

    expect(result.overlap!.pairs).toMatchObject([{ kept: "begins", dropped: "ends", byTokens: 30 }]);
  });

  it("is one event in three sources too", async () => {
    const given = calls(20);
    const { result } = await ingestSources({
      a: seenBy("a", given, () => ({ cost_usd: 1 })),
      b: seenBy("b", given, () => ({ latency_ms: 1 })),
      c: seenBy("c", given),
    });

    expect(result).toMatchObject({ read: 60, valid: 20, overlapping: 40 });
  });
});

describe("calls that are not the same", () => {
  it("of one source stay distinct, however alike", async () => {
    const alike = Array.from({ length: 30 }, (_, index) => event({ ts: at(index % 3) }));
    const { result } = await ingestSources({ a: alike, b: calls(20) });

    expect(result).toMatchObject({ valid: 50, overlapping: 0, overlap: null });
  });

  it("of two sources with lengths of their own are left alone", async () => {
    const other = calls(40).map((row) => ({ ...row, input_tokens: (row.input_tokens as number) + 5000 }));
    const { result } = await ingestSources({ a: seenBy("a", calls(40)), b: seenBy("b", other) });

    expect(result).toMatchObject({ valid: 80, overlap: null, warnings: [] });
  });

  it("that all have one length are told apart by nothing: both are counted, and the reader is told", async () => {
    const steady = (tool: string) =>
      Array.from({ length: 4000 }, (_, index) => event({ id: `${tool}-${index}`, ts: at(index * 2) }));
    const { result } = await ingestSources({ a: steady("a"), b: steady("b") });

    expect(result).toMatchObject({ valid: 8000, overlapping: 0 });
    expect(result.warnings).toEqual([expect.stringContaining("a and b may have seen the same calls")]);
  });

  it("of other token counts but as many in each hour are counted, and the reader is told", async () => {
    const other = calls(400).map((row) => ({ ...row, input_tokens: (row.input_tokens as number) + 5000 }));
    const { result } = await ingestSources({ a: seenBy("a", calls(400)), b: seenBy("b", other) });

    expect(result).toMatchObject({ valid: 800, overlapping: 0 });
    expect(result.warnings).toEqual([
      expect.stringContaining("about as many calls of each model in each hour"),
    ]);
  });

  it("stay in both where a few matches are too few", async () => {
    const given = calls(100);
    const mostlyOther = [
      ...seenBy("b", given.slice(0, 10)),
      ...seenBy("x", given.slice(10)).map((row) => ({
        ...row,
        input_tokens: (row.input_tokens as number) + 7,
      })),
    ];
    const { result } = await ingestSources({ a: seenBy("a", given), b: mostlyOther });

    expect(result.overlapping).toBe(0);
    expect(result.warnings).toEqual([expect.stringContaining("10.0 % of the smaller one match")]);
  });

  it("are all counted where overlap is to be kept", async () => {
    const { result } = await ingestSources({ a: seenBy("a", calls(10)), b: seenBy("b", calls(10)) }, "keep");

    expect(result).toMatchObject({ valid: 20, overlapping: 0 });
    expect(result.warnings).toEqual([expect.stringContaining("10 calls in common")]);
  });
});

const anyWorkload = fc.record({
  gaps: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 4, maxLength: 40 }),
  lengths: fc.integer({ min: 1, max: 20 }),
  jitter: fc.integer({ min: 0, max: 2500 }),
  missing: fc.integer({ min: 4, max: 9 }),
});

describe("matching", () => {
  it("is one to one, within the window, and the same whatever the order of the sources", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorkload, async ({ gaps, lengths, jitter, missing }) => {
        let seconds = 0;
        const given = gaps.map((gap, index) => {
          seconds += gap;
          return event({
            id: `a-${index}`,
            ts: at(seconds),
            input_tokens: 100 + (index % lengths),
            cost_usd: 1,
          });
        });
        const seen = seenBy("b", given, (row, index) => ({
          ts: new Date(Date.parse(row.ts as string) + ((index * 977) % (jitter + 1))).toISOString(),
          cost_usd: null,
          tenant: `of-${index}`,
        })).filter((_, index) => index % missing !== 0);
        const one = await ingestSources({ a: given, b: seen });
        const other = await ingestSources({ b: seen, a: given });

        const ids = (events: readonly Row[]) => events.map(({ id, tenant }) => `${id} ${tenant}`).sort();
        expect(ids(other.events)).toEqual(ids(one.events));
        expect(one.events.filter(({ source }) => source === "a")).toHaveLength(given.length);
        const filled = one.events.flatMap(({ tenant }) => (tenant === null ? [] : [tenant]));
        expect(new Set(filled).size).toBe(filled.length);
        if (one.result.overlap === null) return;
        // Nothing that another source has in the window is left.
        expect(one.result.overlapping).toBe(seen.length);
      }),
      { numRuns: 15 },
    );
  });
});

const day = (number: number): string => `2026-06-0${number}T00:00:00Z`;
const bucket = (fields: Row = {}): Row =>
  event({
    ts: day(1),
    provider: "openai",
    grain: "bucket",
    bucket_seconds: 86_400,
    request_count: 50,
    input_tokens: 200_000,
    output_tokens: 20_000,
    ...fields,
  });

describe("a bucket whose period single requests cover", () => {
  const requests = calls(40);
  const sumOf = (rows: readonly Row[], name: string): number =>
    rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
  const usage = [bucket({ id: "u1" }), bucket({ id: "u2", ts: day(2) })];

  it("is left out, and the rest is reported", async () => {
    const { result, events } = await ingestSources({ gateway: requests, usage });

    expect(result).toMatchObject({ read: 42, valid: 41, overlapping: 1 });
    expect(events.filter(({ grain }) => grain === "bucket").map(({ id }) => id)).toEqual(["u2"]);
    const input = sumOf(requests, "input_tokens");
    expect(result.overlap!.buckets).toMatchObject([
      {
        ...{ source: "usage", provider: "openai", model: "gpt-4o", periods: 1 },
        first: "2026-06-01T00:00:00.000Z",
        last: "2026-06-02T00:00:00.000Z",
        buckets: { requests: 50, inputTokens: 200_000 },
        requests: { requests: 40, inputTokens: input },
        residual: { requests: 10, inputTokens: 200_000 - input },
      },
    ]);
    expect(result.warnings).toEqual([expect.stringContaining("Count these too: --overlap residual")]);
  });

  it("may hold fewer calls and tokens than were seen: the rest is below zero", async () => {
    const few = bucket({ id: "u1", request_count: 30, input_tokens: 20_000, output_tokens: 2_000 });
    const { result } = await ingestSources({ gateway: requests, usage: [few] });

    expect(result.overlap!.buckets).toMatchObject([{ residual: { requests: -10 } }]);
    expect(result.warnings).toEqual([expect.stringContaining("the requests have all of their tokens")]);
  });

  it("makes room for a bucket of the rest, so that sums are the bucket's", async () => {
    const { result, events } = await ingestSources({ usage, gateway: requests }, "residual");

    expect(result).toMatchObject({ valid: 41, overlapping: 1, overlap: { residualRows: 1 } });
    for (const name of ["input_tokens", "output_tokens"])
      expect(sumOf(events, name)).toBe(sumOf(usage, name));
    expect(events.find(({ id }) => String(id).startsWith("residual-"))).toMatchObject({
      ...{
        grain: "bucket",
        request_count: 10,
        bucket_seconds: 86_400,
        source: "usage",
        cost_basis: "list_price",
      },
    });
  });

  it("is counted beside them where overlap is to be kept", async () => {
    const { result } = await ingestSources({ usage, gateway: requests }, "keep");

    expect(result).toMatchObject({ valid: 42, overlapping: 0 });
    expect(result.warnings).toEqual([expect.stringContaining("both are counted")]);
  });

  it("is not one of another provider, model or period", async () => {
    const elsewhere = [
      bucket({ id: "p", provider: "aws_bedrock" }),
      bucket({ id: "m", model: "o9" }),
      bucket({ id: "h", bucket_seconds: 3600, ts: "2026-06-01T09:00:00Z" }),
    ];
    const { result } = await ingestSources({ gateway: requests, usage: elsewhere });

    expect(result).toMatchObject({ valid: 43, overlapping: 0, overlap: null });
  });

  it("may begin at any instant", async () => {
    const odd = bucket({ ts: "2026-06-01T09:59:30Z", bucket_seconds: 5400 });
    const { result } = await ingestSources({ gateway: requests, usage: [odd] });

    expect(result).toMatchObject({ overlapping: 1, overlap: { buckets: [{ requests: { requests: 40 } }] } });
  });

  it("of another source of buckets is counted twice, and the reader is told", async () => {
    const { result } = await ingestSources({ a: [bucket()], b: [bucket({ request_count: null })] });

    expect(result).toMatchObject({ valid: 2, overlapping: 0 });
    expect(result.warnings).toEqual([
      expect.stringContaining("a and b both have buckets for 1 days and models"),
    ]);
  });

  it("never goes without its tokens being requests', the rest, or reported", async () => {
    const anyBucket = fc.record({
      hour: fc.integer({ min: 8, max: 13 }),
      input: fc.nat(50_000),
      cached: fc.nat(100),
      count: fc.option(fc.nat(60)),
      tenant: fc.constantFrom("x", "y"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBucket, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        async (drawn, n) => {
          const own = drawn.map(({ hour, input, cached, count, tenant }, index) =>
            bucket({
              ...{
                id: `u-${index}`,
                tenant,
                bucket_seconds: 3600,
                request_count: count,
                input_tokens: input,
              },
              ts: `2026-06-01T${String(hour).padStart(2, "0")}:00:00Z`,
              cached_input_tokens: Math.min(cached, input),
            }),
          );
          const single = calls(n);
          const report = await ingestSources({ own, single }, "report");
          const residual = await ingestSources({ own, single }, "residual");

          const compared = report.result.overlap?.buckets ?? [];
          const reported = compared.reduce(
            (sum, row) => sum + row.residual.inputTokens + row.requests.inputTokens,
            0,
          );
          const kept = report.events.filter(({ grain }) => grain === "bucket");
          expect(sumOf(kept, "input_tokens") + reported).toBe(sumOf(own, "input_tokens"));
          // Hour by hour the rest is never below zero, so the sums are at least those of either side.
          expect(sumOf(residual.events, "input_tokens")).toBeGreaterThanOrEqual(sumOf(own, "input_tokens"));
          for (const row of residual.events) {
            expect(Number(row.cached_input_tokens ?? 0)).toBeLessThanOrEqual(Number(row.input_tokens));
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});
