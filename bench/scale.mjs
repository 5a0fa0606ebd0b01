// Prints `discover` + `profile` against reference.sql on the same generated file, JSONL and Parquet, as a ratio of
// medians, with peak resident memory. Limits: ratio 1.5, memory 3 GiB.
//
//     node bench/scale.mjs --rows 10000000 [--runs 1] [--format jsonl]
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generateEvents } from "./generate-events.mjs";
import { measured } from "./measured-process.mjs";

const LIMIT_RATIO = 1.5;
const LIMIT_GIB = 3;
// Below this many rows the start of two processes is the larger part, and the ratio says little.
const ROWS_FOR_RATIO = 5_000_000;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const MAIN = here("../dist/cli/main.js");

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    runs: { type: "string", default: "1" },
    format: { type: "string" },
  },
});
const rows = Number(values.rows);
const formats = values.format === undefined ? ["jsonl", "parquet"] : [values.format];
const data = here(".data");
mkdirSync(data, { recursive: true });

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

async function inScratch(work) {
  const folder = mkdtempSync(join(tmpdir(), "tokenop-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const product = (file) =>
  inScratch(async (folder) => {
    const discover = await measured([MAIN, "discover", "--input-dir", file, "--dir", folder, "--quiet"]);
    const profile = await measured([MAIN, "profile", "--dir", folder, "--quiet"]);
    return {
      seconds: discover.seconds + profile.seconds,
      cpuSeconds: discover.cpuSeconds + profile.cpuSeconds,
      parts: `discover ${discover.seconds.toFixed(1)} s, profile ${profile.seconds.toFixed(1)} s`,
      peakGiB: Math.max(discover.peakGiB, profile.peakGiB),
    };
  });

const reference = (file) => inScratch((folder) => measured([here("reference.mjs"), file, folder]));

let broken = 0;
for (const format of formats) {
  const file = join(data, `events-${rows}.${format}`);
  if (!existsSync(file)) await generateEvents({ rows, format, out: file, seed: 1 });
  const pairs = [];
  // Interleaved, so that a slow moment of the machine falls on both sides.
  for (let run = 0; run < Number(values.runs); run += 1)
    pairs.push([await reference(file), await product(file)]);
  const ours = median(pairs.map(([, second]) => second.seconds));
  const theirs = median(pairs.map(([first]) => first.seconds));
  const ratio = ours / theirs;
  const peak = Math.max(...pairs.map(([, second]) => second.peakGiB));
  const cpu = (side) => median(pairs.map((pair) => pair[side].cpuSeconds)).toFixed(1);
  const size = (statSync(file).size / 2 ** 30).toFixed(2);
  console.log(
    `${format}: ${rows} events (${size} GiB): SQL script ${theirs.toFixed(1)} s (peak ${pairs[0][0].peakGiB.toFixed(2)} GiB), ` +
      `discover + profile ${ours.toFixed(1)} s (${pairs.at(-1)[1].parts}), ratio ${ratio.toFixed(2)} (limit ${LIMIT_RATIO}), ` +
      `peak ${peak.toFixed(2)} GiB (limit ${LIMIT_GIB}); processor seconds ${cpu(0)} and ${cpu(1)}`,
  );
  if (peak > LIMIT_GIB || (rows >= ROWS_FOR_RATIO && ratio > LIMIT_RATIO)) broken += 1;
}
process.exitCode = broken === 0 ? 0 : 1;
