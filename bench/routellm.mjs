// Decisions on recorded responses: RouteLLM's MMLU answers of a weak and a strong model (Apache-2.0, lm-sys/RouteLLM),
// resampled. The whole file is the truth; a certificate contradicts it where the loss over the whole file exceeds the
// margin. Run after `npm run build`:
//   node bench/routellm.mjs [--data FOLDER] [--runs 1000] [--pairs 2000] [--json]
// FOLDER holds mmlu/responses/*.csv, and gsm8k/responses/*.csv where they are at hand. Without data it says so and ends
// with 0. Exits 1 where certificates contradict the file more often than alpha allows beyond chance.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CertifyState, DEFAULT_BETA } from "../dist/run/certify.js";
import { createRandom } from "../dist/shared/random.js";
import { clopperPearson } from "../dist/stats/index.js";
import { RECORDED, readResponses } from "./routing/responses.mjs";

const ALPHA = 0.05;
const SETS = ["mmlu", "gsm8k"];

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: RECORDED },
    runs: { type: "string", default: "1000" },
    pairs: { type: "string", default: "2000" },
    json: { type: "boolean", default: false },
  },
});
const runs = Number(flags.runs);
const most = Number(flags.pairs);

const folderOf = (set) => join(flags.data, set, "responses");

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Differences over the file of sending groups to the weak model whose own loss is at most `limit`. */
function routed(lines, limit) {
  const losses = new Map();
  for (const group of new Set(lines.map((line) => line.group)))
    losses.set(
      group,
      mean(lines.filter((line) => line.group === group).map(({ strong, weak }) => strong - weak)),
    );
  return lines.map(({ group, weak, strong }) => (losses.get(group) <= limit ? weak - strong : 0));
}

/** The differences of each candidate against its baseline; groups are chosen in hindsight, to have many true losses. */
function candidatesOf(lines) {
  return [
    { name: "weak for strong", differences: lines.map(({ weak, strong }) => weak - strong) },
    { name: "strong for weak", differences: lines.map(({ weak, strong }) => strong - weak) },
    ...[0, 0.05, 0.1, 0.15].map((limit) => ({
      name: `weak where its subject loses at most ${(100 * limit).toFixed(0)} points`,
      differences: routed(lines, limit),
    })),
  ];
}

const DESIGNS = {
  // A random draw of the traffic that the file stands for.
  "with replacement": {
    optionsOf: () => ({ population: "traffic", populationSize: null }),
    drawer: (differences, random) => () => differences[Math.floor(random.next() * differences.length)],
  },
  // These prompts, in random order.
  "without replacement": {
    optionsOf: (size) => ({ population: "samples", populationSize: size }),
    drawer: (differences, random) => {
      const order = random.shuffle(differences);
      let at = 0;
      return () => order[at++];
    },
  },
};

function decide(differences, margin, design, random) {
  const planned = Math.min(most, differences.length);
  const state = new CertifyState({
    ...{ alpha: ALPHA, family: 1, margin, earlyStopping: true, planned },
    ...design.optionsOf(differences.length),
  });
  const next = design.drawer(differences, random);
  while (state.pairs < planned && !state.finished)
    state.push({ difference: next(), baselineScore: null, candidateScore: null });
  return { verdict: state.verdict, pairs: state.pairs };
}

function rowOf(set, { name, differences }, designName, margin, label) {
  const truth = mean(differences);
  const random = createRandom(`routellm ${set} ${name} ${designName} ${label}`);
  const counts = { certified: 0, rejected: 0, futile: 0, inconclusive: 0 };
  let pairs = 0;
  for (let run = 0; run < runs; run += 1) {
    const decision = decide(differences, margin, DESIGNS[designName], random);
    counts[decision.verdict] += 1;
    pairs += decision.pairs;
  }
  // At the margin itself the claim holds for these prompts, and both verdicts are possible for their traffic.
  const isTrue = truth >= -margin - 1e-12;
  return {
    ...{ set, candidate: name, design: designName, margin, truth, isBoundary: label === "boundary" },
    ...{
      counts,
      pairs: pairs / runs,
      callsOfGrid: (2 * pairs) / runs / (2 * Math.min(most, differences.length)),
    },
    falseCertificates: isTrue && label !== "boundary" ? 0 : counts.certified,
    falseRejections: isTrue || label === "boundary" ? counts.rejected : 0,
    isTrue,
  };
}

function rowsOf(set, lines) {
  return candidatesOf(lines).flatMap((candidate) => {
    const loss = -mean(candidate.differences);
    const margins = [
      ...[0.01, 0.05, 0.1, 0.2].map((margin) => ({ margin, label: "set" })),
      ...(loss > 0 ? [{ margin: loss, label: "boundary" }] : []),
    ];
    return margins.flatMap(({ margin, label }) =>
      Object.keys(DESIGNS)
        // Of all prompts in random order a loss of exactly the margin is a true claim, hence no test of falsehood.
        .filter((design) => label !== "boundary" || design === "with replacement")
        .map((design) => rowOf(set, candidate, design, margin, label)),
    );
  });
}

const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

function print(rows) {
  console.table(
    rows.map(({ set, candidate, design, margin, truth, isBoundary, counts, pairs, callsOfGrid, isTrue }) => ({
      set,
      candidate,
      design,
      margin: percent(margin, isBoundary ? 2 : 0),
      "whole file": `${(100 * truth).toFixed(2)} pp`,
      "within margin": isBoundary ? "exactly" : isTrue ? "yes" : "no",
      certified: counts.certified,
      rejected: counts.rejected,
      undecided: counts.futile + counts.inconclusive,
      calls: Math.round(2 * pairs),
      "of full grid": percent(callsOfGrid, 0),
    })),
  );
}

/** Contradictions among claims that can be contradicted, worst row first, against what the level allows. */
function verdictOn(rows, field, level, isTested) {
  const tested = rows.filter(isTested);
  const worst = tested.reduce((one, other) => (other[field] > one[field] ? other : one));
  // One-sided 95 % bounds.
  const { lower, upper } = clopperPearson(worst[field], runs, 0.1);
  const total = tested.reduce((sum, row) => sum + row[field], 0);
  return {
    rows: tested.length,
    total,
    worst: worst[field],
    candidate: worst.candidate,
    allowed: level * runs,
    upper,
    holds: lower <= level,
  };
}

const started = performance.now();
const found = new Map(SETS.map((set) => [set, readResponses(folderOf(set))]));
for (const [set, lines] of found)
  if (lines === null) console.error(`RouteLLM ${set}: no responses in ${folderOf(set)}; left out.`);
const present = [...found].filter(([, lines]) => lines !== null);
if (present.length === 0) {
  console.error("skipped: routellm, because no recorded responses are at hand");
} else {
  const rows = present.flatMap(([set, lines]) => rowsOf(set, lines));
  const certificates = verdictOn(
    rows,
    "falseCertificates",
    ALPHA,
    ({ isTrue, isBoundary }) => !isTrue || isBoundary,
  );
  const rejections = verdictOn(
    rows,
    "falseRejections",
    DEFAULT_BETA,
    ({ isTrue, isBoundary }) => isTrue || isBoundary,
  );
  if (flags.json)
    console.log(
      JSON.stringify(
        { alpha: ALPHA, beta: DEFAULT_BETA, runs, most, rows, certificates, rejections },
        null,
        2,
      ),
    );
  else {
    for (const [set, lines] of present)
      console.log(
        `${set}: ${lines.length} prompts; weak right ${percent(mean(lines.map(({ weak }) => weak)), 2)}, strong ${percent(mean(lines.map(({ strong }) => strong)), 2)}.`,
      );
    console.log(
      `Early stopping, up to ${most} pairs, alpha ${ALPHA}, beta ${DEFAULT_BETA}, ${runs} resamplings a row.`,
    );
    print(rows);
    for (const [name, { rows: tested, total, worst, candidate, allowed, upper }] of Object.entries({
      certificates,
      rejections,
    }))
      console.log(
        `False ${name}: at most ${worst} of ${runs} in any of ${tested} rows (${candidate}), ${allowed} allowed; ` +
          `upper 95 % bound ${percent(upper, 2)}; ${total} in all rows.`,
      );
    console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  process.exitCode = certificates.holds && rejections.holds ? 0 : 1;
}
