import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import { writeCube } from "../cube/write-cube.js";
import { openStage, type Stage, testPrices } from "../fixtures/stage.js";
import { readExactReuse, readPrefixReuse, readSharedPrefixes } from "./read-reuse.js";
import { writeReuse } from "./write-reuse.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const TTLS = [60, 600];
const MINIMUMS = [0, 150];
const BLOCK = 100;

async function replay(events: readonly Partial<CanonicalEvent>[]) {
  await stage.writeEvents(events);
  const { engine, workspace } = stage;
  const cube = { eventsPath: workspace.events, clustered: false, assignedFirst: false };
  await writeCube(engine, workspace, testPrices(), cube);
  await writeReuse(engine, workspace, {
    exactTtls: TTLS,
    prefixTtls: TTLS,
    prefixMinimums: MINIMUMS,
    hasPromptHashes: true,
    hasPrefixHashes: true,
    blocksPerSlice: 20,
  });
  return {
    exact: await readExactReuse(engine, workspace),
    prefix: await readPrefixReuse(engine, workspace),
    shared: await readSharedPrefixes(engine, workspace),
  };
}

const at = (second: number): string => new Date(Date.UTC(2026, 9, 1, 0, 0, second)).toISOString();
const call = { provider: "acme", model: "large", input_tokens: 300, output_tokens: 10 };
const hitsAt = (rows: readonly { ttlSeconds: number; hits: number }[], ttl: number): number =>
  rows.filter((row) => row.ttlSeconds === ttl).reduce((sum, row) => sum + row.hits, 0);

describe("the replayed exact cache", () => {
  it("serves the stored answer without renewing it", async () => {
    const seconds = [0, 40, 80, 120];
    const { exact } = await replay(seconds.map((second) => ({ ...call, ts: at(second), prompt_hash: "q" })));

    // 0 stores, 40 hits, 80 is past 60 seconds and stores again, 120 hits.
    expect(hitsAt(exact, 60)).toBe(2);
    expect(hitsAt(exact, 600)).toBe(3);
    expect(exact.find((row) => row.ttlSeconds === 600)).toMatchObject({
      hitInputTokens: 900,
      hitOutputTokens: 30,
      contextClass: 0,
      batch: false,
    });
  });

  it("never serves across tenants, models or clusters, nor to batch or failed calls", async () => {
    const first = { ...call, ts: at(0), prompt_hash: "q", tenant: "a", intent: "faq" };
    const { exact } = await replay([
      first,
      { ...first, ts: at(1), tenant: "b" },
      { ...first, ts: at(2), model: "small" },
      { ...first, ts: at(3), intent: "other" },
      { ...first, ts: at(4), batch: true },
      { ...first, ts: at(5), status: "error" },
    ]);

    expect(exact).toEqual([]);
  });
});

describe("the replayed prefix cache", () => {
  it("reads the leading live blocks, writes the rest, and is renewed by each touch", async () => {
    const { prefix } = await replay([
      { ...call, ts: at(0), prefix_hashes: ["s", "a"], prefix_block_tokens: BLOCK },
      { ...call, ts: at(50), prefix_hashes: ["s", "b"], prefix_block_tokens: BLOCK },
      { ...call, ts: at(100), prefix_hashes: ["s", "a"], prefix_block_tokens: BLOCK },
    ]);

    const row = (ttl: number, minimum: number) =>
      prefix.find((one) => one.ttlSeconds === ttl && one.minimumTokens === minimum);
    // Block s is touched every 50 seconds; block a is 100 seconds old when it comes back.
    expect(row(60, 0)).toMatchObject({ requests: 3, hitTokens: 200, writeTokens: 400 });
    expect(row(600, 0)).toMatchObject({ requests: 3, hitTokens: 300, writeTokens: 300 });
    expect(row(600, 150)).toMatchObject({ requests: 3, hitTokens: 200, writeTokens: 400 });
  });

  it("never reads more than the request's own tokens", async () => {
    const short = { ...call, input_tokens: 130, prefix_hashes: ["s", "a"], prefix_block_tokens: BLOCK };
    const { prefix } = await replay([
      { ...short, ts: at(0) },
      { ...short, ts: at(1) },
    ]);

    expect(prefix.find((row) => row.minimumTokens === 0)).toMatchObject({ hitTokens: 130, writeTokens: 130 });
  });
});

describe("the shared prefix", () => {
  const ask = (second: number, blocks: readonly string[], input = 450) => ({
    ...call,
    ts: at(second),
    input_tokens: input,
    prefix_hashes: [...blocks],
    prefix_block_tokens: BLOCK,
  });

  it("is what at least half of the requests begin with, and no conversation's own history", async () => {
    // Ten requests: all with s and t, six of them with u, and one conversation that repeats its own block h.
    const { shared } = await replay([
      ...Array.from({ length: 6 }, (_, second) => ask(second, ["s", "t", "u", `own-${second}`])),
      ...Array.from({ length: 4 }, (_, second) => ask(10 + second, ["s", "t", "h"], 250)),
    ]);

    expect(shared).toEqual([
      expect.objectContaining({
        cluster: "unknown",
        model: "large",
        requests: 10,
        tokens: 6 * 300 + 4 * 200,
      }),
    ]);
  });

  it("is unknown for fewer than ten requests", async () => {
    const { shared } = await replay(Array.from({ length: 9 }, (_, second) => ask(second, ["s"])));

    expect(shared).toEqual([]);
  });
});

interface Request {
  readonly second: number;
  readonly scope: string;
  readonly hash: string | null;
  readonly blocks: readonly string[];
  readonly input: number;
}

const anyRequest: fc.Arbitrary<Request> = fc.record({
  second: fc.integer({ min: 0, max: 900 }),
  scope: fc.constantFrom("faq", "chat"),
  hash: fc.option(fc.constantFrom("x", "y", "z")),
  // Not always a chain, and with repeats: a log may hold either.
  blocks: fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 }),
  input: fc.integer({ min: 0, max: 450 }),
});

/** The rules of the contract, one request at a time. */
function naiveExact(requests: readonly Request[], ttl: number): Set<Request> {
  const stored = new Map<string, number>();
  const hits = new Set<Request>();
  for (const request of requests) {
    if (request.hash === null) continue;
    const key = `${request.scope}/${request.hash}`;
    const since = stored.get(key);
    if (since !== undefined && request.second - since <= ttl) hits.add(request);
    else stored.set(key, request.second);
  }
  return hits;
}

function naivePrefix(requests: readonly Request[], ttl: number, minimum: number) {
  const touched = new Map<string, number>();
  const sums = { requests: 0, hitTokens: 0, writeTokens: 0 };
  for (const { scope, second, blocks, input } of requests) {
    if (blocks.length === 0) continue;
    let live = 0;
    for (const block of blocks) {
      const last = touched.get(`${scope}/${block}`);
      if (last === undefined || second - last > ttl) break;
      live += 1;
    }
    for (const block of blocks) touched.set(`${scope}/${block}`, second);
    const prefix = Math.min(blocks.length * BLOCK, input);
    const read = Math.min(live * BLOCK, input);
    if (prefix < minimum) continue;
    const hit = read >= minimum ? read : 0;
    sums.requests += 1;
    sums.hitTokens += hit;
    sums.writeTokens += prefix - hit;
  }
  return sums;
}

describe("both replays", () => {
  it("equal a replay of one request at a time, in time order and then row order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { minLength: 1, maxLength: 30 }), async (requests) => {
        const { exact, prefix } = await replay(
          requests.map(({ second, scope, hash, blocks, input }) => ({
            ...call,
            ts: at(second),
            intent: scope,
            prompt_hash: hash,
            prefix_hashes: [...blocks],
            prefix_block_tokens: BLOCK,
            input_tokens: input,
          })),
        );

        const ordered = requests
          .map((request, row) => ({ request, row }))
          .sort((a, b) => a.request.second - b.request.second || a.row - b.row)
          .map(({ request }) => request);
        const sumOf = (ttl: number, minimum: number, after: number | null) => {
          const rows = prefix.filter(
            (row) =>
              row.ttlSeconds === ttl && row.minimumTokens === minimum && row.afterExactTtlSeconds === after,
          );
          const sum = (key: "requests" | "hitTokens" | "writeTokens") =>
            rows.reduce((total, row) => total + row[key], 0);
          return { requests: sum("requests"), hitTokens: sum("hitTokens"), writeTokens: sum("writeTokens") };
        };
        for (const exactTtl of [null, ...TTLS]) {
          const hits = exactTtl === null ? new Set<Request>() : naiveExact(ordered, exactTtl);
          if (exactTtl !== null) expect(hitsAt(exact, exactTtl)).toBe(hits.size);
          // A lifetime without a hit is not replayed again: it equals the plain replay.
          if (exactTtl !== null && hits.size === 0) continue;
          const arriving = ordered.filter((request) => !hits.has(request));
          for (const ttl of TTLS) {
            for (const minimum of MINIMUMS) {
              expect(sumOf(ttl, minimum, exactTtl)).toEqual(naivePrefix(arriving, ttl, minimum));
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
