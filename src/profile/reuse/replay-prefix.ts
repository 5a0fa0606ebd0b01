import type { Engine } from "../../engine/contract.js";
import { queryRows, runQuery } from "../queries/load-query.js";

/** Blocks that one window may hold: about 0.4 GB in the engine, as measured. */
export const BLOCKS_PER_SLICE = 5_000_000;

/** Prepares what every replay shares: requests and numbered blocks. */
export async function preparePrefixes(engine: Engine): Promise<void> {
  await runQuery(engine, "exact-hit-scopes");
  await runQuery(engine, "prefix-requests", { stage: "profile: prefix reuse" });
}

/**
 * Replays the provider's prompt cache for requests that the exact cache of `exactBit` (0: none) lets through, and
 * adds its rows to `reuse_rows`.
 */
export async function replayPrefix(engine: Engine, exactBit: number, blocksPerSlice: number): Promise<void> {
  const stage = "profile: prefix reuse";
  await runQuery(engine, "prefix-arrivals", { fragments: { exact_bit: { integer: exactBit } } });
  const [counted] = await queryRows<{ readonly blocks: number }>(engine, "prefix-block-count");
  const slices = Math.max(1, Math.ceil(counted!.blocks / blocksPerSlice));
  for (let slice = 0; slice < slices; slice += 1) {
    await runQuery(engine, "prefix-breaks", { parameters: { slices, slice }, stage });
  }
  const parameters = { exact_bit: exactBit };
  await runQuery(engine, "prefix-reuse", { parameters, stage });
  if (exactBit !== 0) await runQuery(engine, "prefix-reuse-elsewhere", { parameters });
}
