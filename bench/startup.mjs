// Prints how long `tokenop --version` takes against a bare `node -e 0`, as a ratio of medians. Limit: 2.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const RUNS = 21;
const LIMIT = 2;

function milliseconds(args) {
  const started = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} exited with ${status}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

// Interleaved, so that a slow moment of the machine falls on both sides.
const pairs = Array.from({ length: RUNS }, () => [
  milliseconds(["-e", "0"]),
  milliseconds([MAIN, "--version"]),
]);
const bare = median(pairs.map(([first]) => first));
const version = median(pairs.map(([, second]) => second));
const ratio = version / bare;
console.log(
  `startup: node -e 0 ${bare.toFixed(1)} ms, tokenop --version ${version.toFixed(1)} ms, ratio ${ratio.toFixed(2)} (limit ${LIMIT})`,
);
process.exitCode = ratio <= LIMIT ? 0 : 1;
