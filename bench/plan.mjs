// How long a plan takes on a large workload: 2 million generated events make a cube of more than 1 million rows
// (hours x tenants x intents x models), planned by the built CLI with about 60 candidates, which has a limit of 10 s on
// 2 cores, and with all that the levers propose, which has none.
//
//     node bench/plan.mjs [--rows 2000000] [--runs 1] [--json]
//
// Prints the CLI's seconds, then where they go, step by step in this process, and what-if evaluations a second.
// Events, policy and fleet are simulated. Exits 1 where the limit is broken or the cube or the candidates are too few.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generateEvents } from "./generate-events.mjs";
import { measured } from "./measured-process.mjs";
import { planInSteps, rowsOfCube } from "./plan/steps.mjs";

const LIMIT_SECONDS = 10;
const LEAST_ROWS = 1_000_000;
const LEAST_CANDIDATES = 60;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const MAIN = here("../dist/cli/main.js");

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "2000000" },
    runs: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});

/** Half of the twenty intents may wait and two models are named; new fleets are allowed by default. */
const WAITING = Array.from({ length: 10 }, (_, index) => `intent-${index}`);
const POLICY = `apiVersion: tokenop/v1
kind: Policy
quality: { budget: 0.02 }
latency:
  batch_tolerant_intents: [${WAITING.join(", ")}]
candidates:
  - { provider: openai, model: gpt-4o-mini }
  - { provider: anthropic, model: claude-haiku-4-5 }
`;

/** Only models in use, and neither cascades nor new fleets: leaves about 60 candidates over all three layers. */
const NARROW = `${POLICY}allow:
  models: [gpt-4o, gpt-4o-mini, claude-sonnet-4-5, claude-haiku-4-5, gemini-2.5-flash]
  levers: [route, batch-api, quantisation, engine, batching, prefix-caching, gpu-type, region, right-size, autoscaling, spot, reserved]
`;

const SCENARIOS = [
  { name: "about 60 candidates", policy: NARROW, limited: true },
  { name: "all candidates", policy: POLICY, limited: false },
];

/** One model of the log is taken as self-hosted, so that fleets in place and their thresholds are part of it. */
const FLEET = `apiVersion: tokenop/v1
kind: Fleet
fleets:
  - id: own
    provider: openai
    model: gpt-4o-mini
    serving_model: llama-3.1-8b
    engine: vllm
    gpu: a10g
    gpus_per_replica: 4
    replicas: 4
    cloud: aws
    region: us-east-1
    instance: g5.12xlarge
`;

async function prepare(folder) {
  const data = here(".data");
  mkdirSync(data, { recursive: true });
  const events = join(data, `events-${values.rows}.parquet`);
  if (!existsSync(events)) {
    await generateEvents({ rows: Number(values.rows), format: "parquet", out: events, seed: 1 });
  }
  writeFileSync(join(folder, "fleet.yaml"), FLEET);
  await measured([MAIN, "discover", "--input-dir", events, "--dir", folder, "--quiet"]);
  await measured([MAIN, "profile", "--dir", folder, "--quiet"]);
}

async function planByCli(folder) {
  const runs = [];
  for (let run = 0; run < Number(values.runs); run += 1) {
    runs.push(await measured([MAIN, "plan", "--dir", folder, "--quiet"]));
  }
  return runs.sort((a, b) => a.seconds - b.seconds)[runs.length >> 1];
}

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(2)} s`;

/** Where other work shares the cores the clock says little; the command's own processor time is then what counts. */
const judged = ({ seconds: wall, cpuSeconds }) => Math.min(wall, cpuSeconds);

function print({ name, limited, cli, steps }) {
  const { counts, evaluations } = steps;
  const limit = limited ? `limit ${LIMIT_SECONDS} s of the smaller` : "no limit";
  console.log(
    `\n${name}: ${counts.candidates} (${counts.usable} allowed, ${counts.actions} chosen), ${counts.cells} cells, ` +
      `${counts.fleets} fleets in place or possible, ${steps.optimal ? "proven optimal" : "not proven optimal"}; load ${loadavg()[0].toFixed(1)}.`,
  );
  console.log(
    `tokenop plan: ${cli.seconds.toFixed(2)} s by the clock, ${cli.cpuSeconds.toFixed(2)} processor seconds (${limit}), ` +
      `peak ${cli.peakGiB.toFixed(2)} GiB.`,
  );
  const row = (step, { wall, processor }, what) => ({
    ...{ step, "by the clock": seconds(wall), processor: seconds(processor), what },
  });
  console.table([
    row("load the workload", steps.load, "policy, cube and side tables"),
    row("build candidates", steps.candidates, `${counts.candidates} candidates, each priced alone`),
    row("price combinations", steps.price, `${counts.priced} combinations and configurations`),
    row("solve", steps.solve, `${counts.solves} programmes, HiGHS ${seconds(steps.highs)} by the clock`),
    row("whole plan", steps.plan, "the last three again, frontier, shares, economics"),
    row("load and plan", steps.total, ""),
  ]);
  console.log(
    `What-if: ${Math.round(evaluations.perSecond)} joint evaluations of the whole workload a second ` +
      `(${Math.round(evaluations.perProcessorSecond)} a processor second), sets of ${Math.round(evaluations.meanChanges)} changes on average.`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "tokenop-bench-"));
try {
  await prepare(folder);
  const cubeRows = await rowsOfCube(folder);
  if (!values.json) console.log(`${cubeRows} rows of the cube; ${availableParallelism()} cores.`);
  const results = [];
  for (const { name, policy, limited } of SCENARIOS) {
    writeFileSync(join(folder, "policy.yaml"), policy);
    const cli = await planByCli(folder);
    const result = { name, limited, cli, steps: await planInSteps(folder) };
    results.push(result);
    if (!values.json) print(result);
  }
  if (values.json) console.log(JSON.stringify({ limit: LIMIT_SECONDS, cubeRows, results }, null, 2));
  const holds = results.every(
    ({ limited, cli, steps }) =>
      !limited || (judged(cli) <= LIMIT_SECONDS && steps.counts.candidates >= LEAST_CANDIDATES),
  );
  process.exitCode = holds && cubeRows >= LEAST_ROWS ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
