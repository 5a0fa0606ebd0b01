import { access, readFile, rm, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../shared/artifact.js";
import type { CanonicalEvent, RawBatch, Statement } from "./contract.js";
import {
  event,
  jsonLines,
  NO_MAPPING,
  openWorkbench,
  smallPriceBook,
  type Workbench,
} from "./fixtures/workbench.js";
import { type IngestDeps, ingest } from "./index.js";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

type Row = Readonly<Record<string, unknown>>;

const READERS = ["gateway", "tool"].map((source) => ({ name: source, source, latenessHours: 2 }));

async function run(
  sources: Readonly<Record<string, readonly Row[]>>,
  append: boolean,
  more: Partial<IngestDeps> & { readonly batches?: readonly RawBatch[] } = {},
) {
  const files = await Promise.all(
    Object.entries(sources).map(async ([source, rows]) => ({
      ...(await bench.put(`${source}.jsonl`, jsonLines(...rows))),
      source,
    })),
  );
  async function* all(): AsyncGenerator<RawBatch> {
    if (files.length > 0) yield { kind: "files", files, mapping: NO_MAPPING };
    yield* more.batches ?? [];
  }
  const { engine, workspace, context } = bench;
  const deps = { engine, workspace, prices: smallPriceBook(), context, eventsFormat: "parquet" } as const;
  const result = await ingest(all(), { ...deps, readers: READERS, ...more, append });
  expect(result.read).toBe(result.valid + result.rejected + result.duplicate + result.overlapping);
  return result;
}

const stored = () => bench.engine.rows(`SELECT * FROM read_parquet('${bench.workspace.events}')`);
const hash = async () => sha256(await readFile(bench.workspace.events));
const clear = () =>
  Promise.all(
    ["events", "allEvents", "statements", "watermarks"].map((name) =>
      rm(bench.workspace[name as "events"], { force: true }),
    ),
  );
beforeEach(clear);

const at = (minutes: number): string => new Date(Date.UTC(2026, 5, 1, 10, minutes)).toISOString();
const calls = (from: number, to: number, fields: Row = {}): Row[] =>
  Array.from({ length: to - from }, (_, index) =>
    event({
      id: `call-${from + index}`,
      ts: at(from + index),
      input_tokens: 100 + 7 * (from + index),
      ...fields,
    }),
  );

describe("events that are added to those that are there", () => {
  it("come behind them; what was read before stays in its place, in its newest version", async () => {
    await run({ gateway: calls(0, 4) }, false);
    const late = { ...calls(2, 3)[0]!, output_tokens: 99 };
    const { appended, span } = await run({ gateway: [late, ...calls(3, 6)] }, true);

    expect(appended).toEqual({ kept: 2, replaced: 2, added: 2 });
    const events = await stored();
    expect(events.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5].map((number) => `call-${number}`));
    expect(events[2]).toMatchObject({ output_tokens: 99 });
    expect(span).toEqual({ first: at(0), last: at(5) });
  });

  it("leave the file as it was, to the byte, when the same is read again", async () => {
    await run({ gateway: calls(0, 5) }, false);
    const plain = await hash();
    await run({ gateway: calls(0, 5) }, true);
    expect(await hash()).toBe(plain);
    await run({ gateway: calls(3, 8) }, true);
    const once = await hash();
    await run({ gateway: calls(3, 8) }, true);
    expect(await hash()).toBe(once);
  });

  it("begin where nothing is there yet, as a discovery does", async () => {
    const { appended } = await run({ gateway: calls(0, 3) }, true);

    expect(appended).toBeNull();
    expect(await stored()).toHaveLength(3);
  });

  it("keep ids of two sources apart", async () => {
    await run({ gateway: calls(0, 3) }, false);
    await run({ tool: calls(0, 3, { ts: "2026-06-09T00:00:00Z" }) }, true);

    expect(await stored()).toHaveLength(6);
  });

  it("replace a file without ids that has grown, and one that is the same by itself", async () => {
    const bare = (rows: readonly Row[]) => rows.map(({ id: _, ...row }) => row);
    const alike = [event(), event()];
    await run({ gateway: [...bare(calls(0, 3)), ...alike] }, false);
    await run({ gateway: [...bare(calls(0, 3)), ...alike] }, true);
    expect(await stored()).toHaveLength(5);

    const { appended } = await run({ gateway: [...bare(calls(0, 6)), ...alike] }, true);
    expect(appended).toEqual({ kept: 0, replaced: 0, added: 8 });
    expect(await stored()).toHaveLength(8);
  });

  it("replace what a collector read without ids, from the first instant that it read again", async () => {
    const batch = (rows: readonly Row[]): RawBatch => ({
      kind: "rows",
      rows: rows.map(({ id: _, ...row }, index) => ({
        ...{ file: "session-1", line: index + 1, suppliedId: false },
        event: { ...row, source: "gateway" } as unknown as CanonicalEvent,
      })),
      repeated: [],
    });
    await run({}, false, { batches: [batch(calls(0, 4))] });
    await run({}, true, { batches: [batch(calls(2, 6))] });
    const once = await stored();
    expect(once.map(({ ts }) => ts)).toEqual([0, 1, 2, 3, 4, 5].map(at));
    expect(new Set(once.map(({ id }) => id)).size).toBe(6);

    await run({}, true, { batches: [batch(calls(2, 6))] });
    expect(await stored()).toEqual(once);
  });

  it("are compared with all sources anew, so a second read of the poorer one changes nothing", async () => {
    const gateway = calls(0, 40, { cost_usd: 1 });
    const tool = calls(0, 40, { latency_ms: 5 }).map((row, index) => ({ ...row, id: `tool-${index}` }));
    const first = await run({ gateway, tool }, false);
    expect(first).toMatchObject({ valid: 40, overlapping: 40 });
    const before = await hash();

    const again = await run({ tool: tool.slice(35) }, true);
    expect(again).toMatchObject({ read: 5, valid: 0, overlapping: 5 });
    expect(await hash()).toBe(before);
    const more = await run({ gateway: calls(40, 44, { cost_usd: 1 }) }, true);
    expect(more).toMatchObject({ valid: 4, overlap: { rows: 40 } });
    expect(await stored()).toHaveLength(44);
  });

  it("leave the former events whole where the run is broken off", async () => {
    await run({ gateway: calls(0, 3) }, false);
    const before = await hash();
    const marks = await readFile(bench.workspace.watermarks, "utf8");
    const broken = {
      kind: "statements",
      get statements(): Statement[] {
        throw new Error("broken off");
      },
    } as const;

    await expect(run({ gateway: calls(3, 6) }, true, { batches: [broken] })).rejects.toThrow("broken off");
    expect(await hash()).toBe(before);
    expect(await readFile(bench.workspace.watermarks, "utf8")).toBe(marks);
  });

  it("are dropped by a discovery that stands for itself", async () => {
    const tool = calls(0, 9).map((row, index) => ({ ...row, id: `tool-${index}` }));
    await run({ gateway: calls(0, 9, { cost_usd: 1 }), tool }, false);
    await access(bench.workspace.allEvents);
    await run({ gateway: calls(0, 2) }, false);

    expect(await stored()).toHaveLength(2);
    await expect(access(bench.workspace.allEvents)).rejects.toThrow();
  });

  it("end up the same in whatever steps they came", async () => {
    const steps = fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const parts = drawn.map(([a, b]) => calls(Math.min(a, b), Math.max(a, b) + 1));
        await clear();
        for (const part of parts) await run({ gateway: part }, true);
        const stepwise = await stored();
        await clear();
        await run({ gateway: parts.flat() }, false);

        const ids = (rows: readonly Row[]) =>
          rows.map(({ id, input_tokens }) => `${id} ${input_tokens}`).sort();
        expect(ids(stepwise)).toEqual(ids(await stored()));
      }),
      { numRuns: 8 },
    );
  });
});

describe("bills that are added", () => {
  const line = (day: number, amount: string): Statement => ({
    ...{
      source: "gateway",
      provider: "openai",
      account: null,
      tenant: null,
      model: null,
      lineItem: "tokens",
    },
    ...{ periodStart: `2026-06-0${day}T00:00:00Z`, periodEnd: `2026-06-0${day + 1}T00:00:00Z` },
    ...{
      requests: null,
      inputTokens: null,
      cachedInputTokens: null,
      cacheWriteTokens: null,
      outputTokens: null,
    },
    ...{ amount, currency: "USD", basis: "billed" },
  });
  const bill = (...statements: Statement[]) => ({ batches: [{ kind: "statements" as const, statements }] });
  const amounts = () =>
    bench.engine.rows(
      `SELECT period_start::DATE::VARCHAR AS "day", amount::DOUBLE AS amount FROM read_parquet('${bench.workspace.statements}')`,
    );

  it("say a period anew where it was read again", async () => {
    await run({}, false, bill(line(1, "1"), line(2, "2"), line(2, "0.5")));
    const { reconciliation } = await run({}, true, bill(line(2, "2.75"), line(3, "3")));

    expect(await amounts()).toEqual([
      { day: "2026-06-01", amount: 1 },
      { day: "2026-06-02", amount: 2.75 },
      { day: "2026-06-03", amount: 3 },
    ]);
    expect(reconciliation).toMatchObject([{ amount: "6.75", days: 3 }]);
  });

  it("stay, and are compared again, where only events came", async () => {
    await run({}, false, bill(line(1, "1")));
    const { reconciliation } = await run(
      { gateway: calls(0, 1, { provider: "openai", cost_usd: 0.25 }) },
      true,
    );

    expect(reconciliation).toMatchObject([{ comparedAmount: "1", explainedUsd: "0.25" }]);
  });
});

describe("watermarks of a discovery", () => {
  const marks = async () => JSON.parse(await readFile(bench.workspace.watermarks, "utf8"));

  it("are the newest row of each source, and never go back", async () => {
    await run({ gateway: calls(0, 9), tool: calls(20, 30, { input_tokens: 1 }) }, false);
    expect((await marks()).sources).toEqual({
      gateway: { newest_ts: at(8), lateness_hours: 2 },
      tool: { newest_ts: at(29), lateness_hours: 2 },
    });
    await run({ gateway: calls(2, 4) }, true);
    expect((await marks()).sources.gateway).toEqual({ newest_ts: at(8), lateness_hours: 2 });
    await run({ gateway: calls(2, 4) }, false);
    expect((await marks()).sources).toEqual({ gateway: { newest_ts: at(3), lateness_hours: 2 } });
  });

  it("that cannot be read stop an addition, which would leave a gap", async () => {
    await writeFile(bench.workspace.watermarks, "{");

    await expect(run({ gateway: calls(0, 1) }, true)).rejects.toMatchObject({
      code: "TOP-EVENTS-WATERMARKS",
    });
  });
});
