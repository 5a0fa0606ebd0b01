// Chance of a verdict, by simulation: what 500 pairs can show, and how often a loss of exactly the margin is
// certified. Run after `npm run build`: node bench/power.mjs [pairs] [runs]
import { CertifyState } from "../dist/run/certify.js";
import { createRandom } from "../dist/shared/random.js";
import { clopperPearson, samplesNeeded } from "../dist/stats/index.js";

const pairs = Number(process.argv[2] ?? 500);
const runs = Number(process.argv[3] ?? 2000);
const DISAGREEMENT = 0.05;

const pairOf = (difference) => ({
  difference,
  baselineScore: Math.max(0, -difference),
  candidateScore: Math.max(0, difference),
});
const [losing, tying, winning] = [-1, 0, 1].map(pairOf);

/** Verdict counts over seeded runs whose true mean difference is `difference`. */
function simulate(margin, difference, disagreement) {
  const random = createRandom(`power ${margin} ${difference} ${disagreement}`);
  const verdicts = { certified: 0, rejected: 0, inconclusive: 0 };
  const decided = [];
  for (let run = 0; run < runs; run += 1) {
    const state = new CertifyState({
      alpha: 0.05,
      family: 1,
      margin,
      population: "traffic",
      populationSize: null,
      earlyStopping: true,
    });
    while (state.pairs < pairs && !state.finished) {
      const uniform = random.next();
      const lost = uniform < (disagreement - difference) / 2;
      state.push(lost ? losing : uniform < disagreement ? winning : tying);
    }
    verdicts[state.verdict] += 1;
    if (state.verdict === "certified") decided.push(state.pairs);
  }
  decided.sort((a, b) => a - b);
  return { verdicts, median: decided[Math.floor(decided.length / 2)] ?? null };
}

function row(margin, difference, disagreement) {
  const { verdicts, median } = simulate(margin, difference, disagreement);
  const { lower, upper } = clopperPearson(verdicts.certified, runs);
  return {
    "margin, points": margin * 100,
    "true difference, points": difference * 100,
    "disagreement, %": disagreement * 100,
    "certified, %": (100 * verdicts.certified) / runs,
    "95 % interval": `${(100 * lower).toFixed(1)} to ${(100 * upper).toFixed(1)}`,
    "rejected, %": (100 * verdicts.rejected) / runs,
    "median pairs": median,
    "pairs for 80 %": samplesNeeded({ difference, secondMoment: disagreement }, { margin, alpha: 0.05 }),
  };
}

const started = performance.now();
console.log(`Looked at after each of up to ${pairs} pairs, alpha 5 %, ${runs} runs a row.`);
console.table([
  ...[0.01, 0.02, 0.05].map((margin) => row(margin, 0, DISAGREEMENT)),
  ...[0.01, 0.02, 0.05].map((margin) => row(margin, -margin, DISAGREEMENT)),
  row(0.05, -0.05, 0.2),
]);
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
