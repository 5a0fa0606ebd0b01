import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UpstreamError } from "../../shared/errors.js";
import { silentLogger } from "../../shared/log.js";
import type { Query, RowChunk, Statements } from "../../warehouse/index.js";
import type { Collected, RemoteRequest } from "../contract.js";
import { type Candidate, firstWithRows, readParts, type SlicedRead } from "./time-slices.js";

const START = Date.parse("2026-11-01T00:00:30Z");
const SECOND = 1000;

/** A platform whose table holds one call at each of these seconds after the start; chunks of three rows. */
function platform(seconds: readonly number[]): Statements & { readonly asked: Query[] } {
  const asked: Query[] = [];
  const times = seconds.map((second) => START + second * SECOND).toSorted((one, other) => one - other);
  return {
    platform: "databricks",
    asked,
    async *stream(query): AsyncGenerator<RowChunk> {
      asked.push(query);
      const since = Date.parse(String(query.parameters?.since));
      const until = Date.parse(String(query.parameters?.until));
      const found = times.filter((at) => at >= since && at < until);
      if (query.sql === "count") {
        const minutes = [...new Set(found.map((at) => Math.floor(at / 60_000) * 60_000))];
        const rows = minutes.map((minute) => ({
          minute: new Date(minute).toISOString(),
          row_count: found.filter((at) => Math.floor(at / 60_000) * 60_000 === minute).length,
        }));
        return yield { columns: [], rows };
      }
      for (let at = 0; at < found.length; at += 3)
        yield {
          columns: [],
          rows: found.slice(at, at + 3).map((ms) => ({ ts: new Date(ms).toISOString() })),
        };
    },
  };
}

const read: SlicedRead = {
  name: "calls",
  countSql: "count",
  readSql: "read",
  grant: "GRANT SELECT",
  normalise: (row) => {
    const { ts } = row as { ts: string };
    return { suppliedId: true, event: { id: ts, ts } as never };
  },
};

const request = (until: number): RemoteRequest<unknown> =>
  ({
    name: "source",
    since: new Date(START),
    until: new Date(until),
    includeContent: false,
  }) as RemoteRequest<unknown>;

async function all(
  statements: Statements,
  until: number,
  resumeFrom: string | null = null,
  candidates: readonly Candidate[] = [{ name: "calls", open: async () => read }],
): Promise<Collected[]> {
  const context = { log: silentLogger } as never;
  const options = { statements, request: request(until), context, statementRows: 5 };
  const batches: Collected[] = [];
  for await (const batch of readParts([firstWithRows("calls", candidates, options)], resumeFrom))
    batches.push(batch);
  return batches;
}

const idsOf = (batches: readonly Collected[]): string[] =>
  batches.flatMap((batch) =>
    batch.kind === "rows" ? batch.rows.flatMap((row) => ("event" in row ? [row.event.id] : [])) : [],
  );

const secondsArbitrary = fc.uniqueArray(fc.nat({ max: 100 * 86_400 }), { minLength: 1, maxLength: 60 });

describe("a table read in slices of time", () => {
  it("gives every row once, in order, whatever its calls' times, and asks for few at once", async () => {
    await fc.assert(
      fc.asyncProperty(secondsArbitrary, async (seconds) => {
        const until = START + 90 * 86_400 * SECOND;
        const expected = seconds
          .map((second) => START + second * SECOND)
          .filter((at) => at < until)
          .toSorted((one, other) => one - other)
          .map((at) => new Date(at).toISOString());
        expect(idsOf(await all(platform(seconds), until))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("goes on from any of its checkpoints with exactly what is missing", async () => {
    await fc.assert(
      fc.asyncProperty(secondsArbitrary, fc.nat(), async (seconds, pick) => {
        const until = START + 100 * 86_400 * SECOND;
        const whole = await all(platform(seconds), until);
        const places = whole.flatMap(({ checkpoint }, at) => (checkpoint === undefined ? [] : [at]));
        const at = places[pick % places.length]!;
        const rest = await all(platform(seconds), until, whole[at]!.checkpoint!);
        expect([...idsOf(whole.slice(0, at + 1)), ...idsOf(rest)]).toEqual(idsOf(whole));
      }),
      { numRuns: 50 },
    );
  });

  it("asks one statement for as many whole minutes as it may give rows", async () => {
    const statements = platform([0, 1, 61, 62, 63, 121, 122, 123, 124, 125, 126, 127]);
    await all(statements, START + 3600 * SECOND);
    const slices = statements.asked.filter(({ sql }) => sql === "read").map(({ parameters }) => parameters);
    expect(slices).toEqual([
      { since: "2026-11-01T00:00:30.000Z", until: "2026-11-01T00:02:00.000Z" },
      { since: "2026-11-01T00:02:00.000Z", until: "2026-11-01T00:03:00.000Z" },
    ]);
  });
});

it("text alone comes as content, in smaller slices, and no event with it", async () => {
  const texts: SlicedRead = {
    ...read,
    text: (row) => ({ eventId: (row as { ts: string }).ts, prompt: "Q" }),
  };
  const statements = platform([0, 61, 122]);
  const candidates = [{ name: "texts", open: async () => texts }];
  const batches = await all(statements, START + 3600 * SECOND, null, candidates);

  expect(batches.map(({ kind }) => kind)).toEqual(["content", "content", "content"]);
  expect(batches.flatMap((batch) => (batch.kind === "content" ? batch.records : []))).toHaveLength(3);
  expect(statements.asked.filter(({ sql }) => sql === "read")).toHaveLength(3);
});

const refused = new UpstreamError({ code: "TOP-WAREHOUSE-GRANT", message: "No.", fix: "GRANT it" });
const refuses = (name: string): Candidate => ({
  name,
  open: async () => {
    throw refused;
  },
});

describe("generations of one table", () => {
  const until = START + 3600 * SECOND;

  it("are never added up: the newest that can be read and has rows is the one", async () => {
    const opened: string[] = [];
    const candidate = (name: string): Candidate => ({
      name,
      open: async () => {
        opened.push(name);
        return { ...read, name };
      },
    });
    const batches = await all(platform([1, 2]), until, null, [
      refuses("newest"),
      candidate("newer"),
      candidate("old"),
    ]);
    expect(idsOf(batches)).toHaveLength(2);
    expect(opened).toEqual(["newer"]);
  });

  it("fail with the grant of the newest where none can be read", async () => {
    await expect(all(platform([1]), until, null, [refuses("one"), refuses("two")])).rejects.toBe(refused);
  });
});
