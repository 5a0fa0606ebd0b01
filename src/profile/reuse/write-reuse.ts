import type { Engine } from "../../engine/contract.js";
import type { Workspace } from "../../shared/workspace.js";
import { PREFIX_MINIMUMS, PREFIX_TTLS, REUSE_TTLS } from "../contract.js";
import type { Coverage } from "../measure/coverage.js";
import { loadQuery, runQuery } from "../queries/load-query.js";
import { createExactReplay } from "./replay-exact.js";
import { BLOCKS_PER_SLICE, preparePrefixes, replayPrefix } from "./replay-prefix.js";

export interface ReuseOptions {
  readonly exactTtls: readonly number[];
  readonly prefixTtls: readonly number[];
  readonly prefixMinimums: readonly number[];
  /** False where no event carries the hash: the replay is then skipped, not empty. */
  readonly hasPromptHashes: boolean;
  readonly hasPrefixHashes: boolean;
  /** Default `BLOCKS_PER_SLICE`. */
  readonly blocksPerSlice?: number;
}

type RepeatedRow = { readonly group_id: number; readonly micros: number; readonly row_number: number };

/** Lifetimes of the whole-request cache that profiles replay. */
export const EXACT_TTLS: readonly number[] = REUSE_TTLS;

const HITS_PER_APPEND = 50_000;

/** Replays both caches over the events that carry hashes and writes the reuse side table. Needs `keyed_events`. */
export async function writeReuse(engine: Engine, workspace: Workspace, options: ReuseOptions): Promise<void> {
  await runQuery(engine, "reuse-tables");
  const bits = options.exactTtls.map((ttl, at) => [1 << at, ttl] as const);
  await engine.append("exact_lifetimes", ["bit", "ttl_seconds"], bits);
  await engine.append(
    "prefix_lifetimes",
    ["ttl_seconds"],
    options.prefixTtls.map((ttl) => [ttl]),
  );
  await engine.append(
    "prefix_minimums",
    ["minimum_tokens"],
    options.prefixMinimums.map((minimum) => [minimum]),
  );
  let hitBits = 0;
  if (options.hasPromptHashes) {
    hitBits = await replayExact(engine, options.exactTtls);
    await runQuery(engine, "exact-reuse", { stage: "profile: exact reuse" });
  }
  if (options.hasPrefixHashes) {
    await preparePrefixes(engine);
    await runQuery(engine, "shared-prefixes", { stage: "profile: prefix reuse" });
    // A lifetime without any hit has no rows of its own: its replay would repeat the plain one.
    for (const bit of [0, ...bits.map(([bit]) => bit).filter((bit) => (hitBits & bit) !== 0)]) {
      await replayPrefix(engine, bit, options.blocksPerSlice ?? BLOCKS_PER_SLICE);
    }
  }
  await runQuery(engine, "write-reuse", { fragments: { reuse: { path: workspace.reuse } } });
}

/** Fills `exact_hits`; returns the lifetimes that had any hit, as bits. */
async function replayExact(engine: Engine, ttls: readonly number[]): Promise<number> {
  const replay = createExactReplay(ttls);
  let hitBits = 0;
  let pending: (readonly [number, number])[] = [];
  const flush = async (): Promise<void> => {
    await engine.append("exact_hits", ["row_number", "ttl_mask"], pending);
    pending = [];
  };
  const options = { stage: "profile: exact reuse" };
  for await (const rows of engine.stream<RepeatedRow>(
    loadQuery("repeated-requests", engine.dialect),
    options,
  )) {
    for (const row of rows) {
      const mask = replay({ groupId: row.group_id, micros: row.micros });
      if (mask === 0) continue;
      hitBits |= mask;
      pending.push([row.row_number, mask]);
    }
    if (pending.length >= HITS_PER_APPEND) await flush();
  }
  await flush();
  return hitBits;
}

/** The replays that every profile has. Minimum 0, what self-hosted engines offer, is for the reader only. */
export async function writeProfileReuse(
  engine: Engine,
  workspace: Workspace,
  coverage: Coverage,
): Promise<void> {
  await writeReuse(engine, workspace, {
    exactTtls: EXACT_TTLS,
    prefixTtls: PREFIX_TTLS,
    prefixMinimums: [0, ...PREFIX_MINIMUMS],
    hasPromptHashes: coverage.withPromptHash > 0,
    hasPrefixHashes: coverage.withPrefixHashes > coverage.withoutBlockSize,
  });
}
