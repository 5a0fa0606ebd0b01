// Replays the prefix cache of a self-hosted engine over the Mooncake synthetic trace and holds it to the hit counts that
// were computed independently (the data folder's README):
//
//     node bench/prefix-lru.mjs
//
// Skipped by name where the trace is not there. Exits 1 where any count differs.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createPrefixLru } from "../dist/profile/reuse/replay-lru.js";

const TRACE = fileURLToPath(new URL("../../shared/data/mooncake/synthetic_trace.jsonl", import.meta.url));
const BLOCK_TOKENS = 512;
const EXPECTED = [
  [Number.POSITIVE_INFINITY, 77_953],
  [1_000, 10_050],
  [10_000, 51_614],
  [30_000, 76_077],
  [50_000, 77_953],
];
const EXPECTED_UNLIMITED_TOKENS = 39_852_661;

if (!existsSync(TRACE)) {
  console.log(`skipped mooncake: ${TRACE} is not there`);
  process.exit(0);
}
const requests = readFileSync(TRACE, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line))
  .sort((a, b) => a.timestamp - b.timestamp)
  .map((row) => ({ blocks: row.hash_ids, blockTokens: BLOCK_TOKENS, inputTokens: row.input_length }));
const references = requests.reduce((sum, { blocks }) => sum + blocks.length, 0);
const inputTokens = requests.reduce((sum, request) => sum + request.inputTokens, 0);

let wrong = 0;
for (const [capacity, expected] of EXPECTED) {
  const started = performance.now();
  const replay = createPrefixLru(capacity);
  let blocks = 0;
  let tokens = 0;
  for (const request of requests) {
    const hit = replay(request);
    blocks += hit.blocks;
    tokens += hit.tokens;
  }
  const holds = blocks === expected && (Number.isFinite(capacity) || tokens === EXPECTED_UNLIMITED_TOKENS);
  if (!holds) wrong += 1;
  console.log(
    `mooncake, ${Number.isFinite(capacity) ? `${capacity} blocks` : "unlimited"}: ${blocks} of ${references} block references ` +
      `(${((100 * blocks) / references).toFixed(3)} %), ${tokens} tokens (${((100 * tokens) / inputTokens).toFixed(3)} %), ` +
      `expected ${expected} blocks: ${holds ? "equal" : "DIFFERENT"}; ${(performance.now() - started).toFixed(0)} ms`,
  );
}
process.exitCode = wrong === 0 ? 0 : 1;
