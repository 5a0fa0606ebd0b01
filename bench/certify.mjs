// How often a certificate is false, how often one is got, and at what price in pairs, by seeded simulation; then which
// allocation finds the cheapest candidate that holds. Run after `npm run build`:
//   node bench/certify.mjs [--runs 10000] [--only verdicts|mixes|allocations] [--json FILE]
// Exits 1 where a share of false certificates lies above alpha beyond chance.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ALL_ON_MARGIN, allocationRows, MIXED } from "./certify/allocation-study.mjs";
import { ALPHA } from "./certify/fast-arm.mjs";
import { MIXES, mixRow } from "./certify/mix-study.mjs";
import { finiteRow, lowerBound, simpleRows, upperBound, weightedRow } from "./certify/verdict-rows.mjs";

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const runs = Number(flags.runs);
const ALLOCATION_RUNS = Math.max(1_000, Math.round(runs / 5));
const FAMILIES = [1, 4, 16];
// 500 pairs say little about one point, so small disagreement is tested with more of them.
const SETTINGS = [
  { margin: 0.01, planned: 2_000, disagreement: 0.01 },
  { margin: 0.01, planned: 2_000, disagreement: 0.02 },
  { margin: 0.05, planned: 500, disagreement: 0.05 },
  { margin: 0.05, planned: 500, disagreement: 0.1 },
  { margin: 0.05, planned: 500, disagreement: 0.2 },
];

const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;
const between = ({ lower, upper }) => `${percent(lower)} to ${percent(upper)}`;
const started = performance.now();
const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
let isBroken = false;
/** Everything printed, as data: written with --json. */
const report = { alpha: ALPHA, runs, allocationRuns: ALLOCATION_RUNS };

function verdictRows() {
  const rows = FAMILIES.flatMap((family) =>
    SETTINGS.flatMap((setting) => simpleRows({ ...setting, family, runs })),
  );
  const weighted = { margin: 0.05, planned: 500, runs };
  const finite = { margin: 0.05, population: 500, planned: 400, runs };
  for (const family of [1, 4]) {
    rows.push(weightedRow({ ...weighted, family, truth: "on the margin", mean: -0.05 }));
    rows.push(weightedRow({ ...weighted, family, truth: "equivalent", mean: 0 }));
    // One loss more than the margin allows: the claim is false, if only just.
    rows.push(finiteRow({ ...finite, family, truth: "1 loss beyond the margin", losses: 38, wins: 12 }));
    rows.push(finiteRow({ ...finite, family, truth: "equivalent", losses: 25, wins: 25 }));
  }
  return rows;
}

function printVerdicts() {
  console.log(`Looked at after every pair, alpha ${ALPHA}, ${runs} runs of K independent questions a row.`);
  console.log(
    '"certified": of a false claim, any of K, with a 95 % upper bound; of a true one, each of K (power).',
  );
  console.log(
    '"one look": pairs of an exact fixed-size test with our power against the equivalent, disagreement known.',
  );
  const rows = verdictRows();
  report.verdicts = rows;
  console.table(
    rows.map((row) => {
      const share = row.certified / row.trials;
      const upper = upperBound(row.certified, row.trials);
      return {
        truth: row.truth,
        K: row.family,
        margin: percent(row.margin, 0),
        disagree: percent(row.disagreement, 0),
        certified: row.isFalse ? `${percent(share, 2)} (< ${percent(upper, 2)})` : percent(share),
        rejected: percent(row.rejected),
        undecided: percent(row.undecided),
        pairs: Math.round(row.pairs),
        "of full grid": percent(row.pairs / row.planned, 0),
        "one look": row.oneLook,
        "ours / one look": row.oneLook === null ? null : (row.pairs / row.oneLook).toFixed(2),
      };
    }),
  );
  const nulls = rows.filter(({ isFalse }) => isFalse);
  isBroken = nulls.some(({ certified, trials }) => lowerBound(certified, trials) > ALPHA);
  const worst = nulls.reduce((one, other) => (other.certified > one.certified ? other : one));
  const said = `${worst.certified} of ${worst.trials} runs, upper bound ${percent(upperBound(worst.certified, worst.trials), 2)}`;
  console.log(
    `False certificates, largest of ${nulls.length} rows: ${said} (${worst.truth}, K=${worst.family}).`,
  );
  const pooled = { certified: 0, trials: 0 };
  for (const { certified, trials } of nulls) {
    pooled.certified += certified;
    pooled.trials += trials;
  }
  console.log(`All false claims together: ${pooled.certified} of ${pooled.trials} families.`);
  const compared = rows.filter(({ oneLook }) => oneLook !== null);
  for (const truth of new Set(compared.map((row) => row.truth))) {
    const ratios = compared.filter((row) => row.truth === truth).map(({ pairs, oneLook }) => pairs / oneLook);
    const lost = ratios.filter((ratio) => ratio > 1);
    const worstLoss = lost.length === 0 ? "" : `, at worst ${Math.max(...lost).toFixed(2)} times the pairs`;
    console.log(
      `Against one look, ${truth}: we need more pairs in ${lost.length} of ${ratios.length} rows${worstLoss}.`,
    );
  }
  const power = (truth) => rows.filter((row) => row.truth === truth).map((row) => row.certified / row.trials);
  const whole = power("equivalent, all pairs asked");
  const lost = power("equivalent").map((share, at) => whole[at] - share);
  const used = rows.filter(({ truth }) => truth === "equivalent").map((row) => row.pairs / row.planned);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  console.log(
    `Against all pairs, equivalent: early stopping asks ${percent(mean(used), 0)} of them, and certifies ` +
      `${percent(mean(lost))} of candidates fewer (mean over rows; at most ${percent(Math.max(...lost))}).`,
  );
  console.log(seconds());
}

// 500 pairs say enough about five points, and 2,000 about five points with much disagreement or two with little.
const MIX_SETTINGS = [
  { margin: 0.05, disagreement: 0.05, planned: 500 },
  { margin: 0.05, disagreement: 0.1, planned: 1_000 },
  { margin: 0.05, disagreement: 0.2, planned: 2_000 },
  { margin: 0.02, disagreement: 0.05, planned: 2_000 },
];

function printMixes() {
  const rows = MIX_SETTINGS.flatMap((setting) => MIXES.map((mix) => mixRow({ ...mix, ...setting, runs })));
  report.mixes = rows;
  console.log(`Six candidates, each to its own verdict, alpha ${ALPHA} over all six, ${runs} runs a mix.`);
  console.log(
    "Pairs as a share of the full grid's; calls count each baseline answer once, for us as for them.",
  );
  const shareOf = ({ candidates }, effect) => {
    const shares = candidates.filter((one) => one.effect === effect).map(({ ofGrid }) => ofGrid);
    return shares.length === 0
      ? null
      : percent(shares.reduce((sum, share) => sum + share, 0) / shares.length, 0);
  };
  console.table(
    rows.map((row) => ({
      mix: row.name,
      margin: percent(row.margin, 0),
      disagree: percent(row.disagreement, 0),
      pairs: row.planned,
      "clearly worse": shareOf(row, "clearly worse"),
      equivalent: shareOf(row, "equivalent"),
      "clearly better": shareOf(row, "clearly better"),
      calls: Math.round(row.calls),
      "of full grid": percent(row.callsOfGrid, 0),
      "one look": row.oneLookPairs,
      "calls / one look": row.callsOfOneLook?.toFixed(2) ?? null,
    })),
  );
  const worse = rows.flatMap(({ candidates }) =>
    candidates.filter(({ effect }) => effect === "clearly worse"),
  );
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const even = rows.filter(({ name }) => name === "even");
  console.log(
    `Even mix: ${percent(mean(even.map(({ callsOfGrid }) => callsOfGrid)), 0)} of the full grid's calls on average (aim: 50 %); ` +
      `clearly worse: ${percent(mean(worse.map(({ ofGrid }) => ofGrid)), 0)} of its pairs, at most ${percent(Math.max(...worse.map(({ ofGrid }) => ofGrid)), 0)} (aim: 30 %).`,
  );
  const lost = rows.filter(({ callsOfOneLook }) => callsOfOneLook > 1);
  const dearest = Math.max(...rows.map(({ callsOfOneLook }) => callsOfOneLook ?? 0));
  console.log(
    `Against one look: more calls in ${lost.length} of ${rows.length} mixes, at most ${dearest.toFixed(2)} times as many.`,
  );
  console.log(seconds());
}

function printAllocations() {
  const studies = [
    {
      title: "six candidates, the best of them fourth by cost; 600 pairs in all",
      candidates: MIXED,
      budget: 600,
    },
    { title: "the same, 2,400 pairs in all", candidates: MIXED, budget: 2_400 },
    {
      title: "the same, 2,000 pairs a candidate and no ceiling",
      candidates: MIXED,
      budget: Infinity,
      onFile: 2_000,
    },
    { title: "all six exactly on the margin; 1,200 pairs in all", candidates: ALL_ON_MARGIN, budget: 1_200 },
  ];
  for (const { title, candidates, budget, onFile = 2_400 } of studies) {
    console.log(`Allocation, ${ALLOCATION_RUNS} runs: ${title}.`);
    const rows = allocationRows({ candidates, budget, onFile, runs: ALLOCATION_RUNS });
    report.allocations = [...(report.allocations ?? []), { title, rows }];
    console.table(
      rows.map((row) => ({
        allocation: row.name,
        "false, any": `${percent(row.wrong / row.runs)} (< ${percent(upperBound(row.wrong, row.runs))})`,
        "finds the best": percent(row.best / row.runs),
        "95 % interval": between(row.bestInterval),
        "mean saving": percent(row.saving),
        "95 % of the mean": between(row.savingInterval),
        pairs: Math.round(row.pairs),
        "cost, baseline calls": Math.round(row.spent),
      })),
    );
    isBroken ||= rows.some(({ wrong }) => lowerBound(wrong, ALLOCATION_RUNS) > ALPHA);
  }
  console.log(seconds());
}

const isWanted = (part) => flags.only === undefined || flags.only === part;
if (isWanted("verdicts")) printVerdicts();
if (isWanted("mixes")) printMixes();
if (isWanted("allocations")) printAllocations();
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = isBroken ? 1 : 0;
