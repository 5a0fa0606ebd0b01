// How many labels a judge saves: median labels until an equivalent candidate is certified, with a judge corrected by labels
// on a random share of the pairs and with labels alone; and how often a candidate exactly on the margin is certified.
// Simulated. Run after `npm run build`: node bench/labels.mjs [runs]
import { QuestionState } from "../dist/run/decisions/decisions.js";
import { LabelBook } from "../dist/run/decisions/label-book.js";
import { NO_LABELS } from "../dist/run/inputs/labels.js";
import { createRandom } from "../dist/shared/random.js";
import { clopperPearson } from "../dist/stats/index.js";

const runs = Number(process.argv[2] ?? 200);
const ALPHA = 0.05;
const MARGIN = 0.05;
const MOST_PAIRS = 8_000;
const BASELINE = { provider: "", model: "baseline" };
const CANDIDATE = { provider: "", model: "candidate" };
const QUESTION = { id: "q", baseline: BASELINE, candidate: CANDIDATE, scope: "fleet", margin: MARGIN };

const side = (score) => ({ answer: {}, grade: { score, grader: "judge-rubric", missing: null } });
const sides = (difference) => ({
  baseline: side(0.5 - difference / 2),
  candidate: side(0.5 + difference / 2),
});

function createState(grading) {
  const options = { alpha: ALPHA, family: 1, margin: MARGIN, population: "traffic", populationSize: null };
  return new QuestionState(QUESTION, { ...options, earlyStopping: true }, grading);
}

/** Labels until each of both ways ends; null where a way certifies nothing within the pairs. */
function simulate({ chance, follows, disagreement, truth }, run) {
  const random = createRandom(`labels ${chance} ${follows} ${disagreement} ${truth} ${run}`);
  const book = new LabelBook({ count: chance * MOST_PAIRS, labels: NO_LABELS, seed: run }, MOST_PAIRS);
  const [judged, alone] = [createState({ bound: book.bound }), createState({})];
  const loss = (disagreement - truth) / 2;
  let labels = 0;
  for (let index = 0; index < MOST_PAIRS && !(judged.finished && alone.finished); index += 1) {
    const drawn = random.next();
    const label = drawn < loss ? -1 : drawn < disagreement ? 1 : 0;
    const opinion = random.next() < follows ? label : 0;
    if (!judged.finished) {
      const sample = { id: `p${index}` };
      const known = (ref) => (ref === CANDIDATE ? 0.5 + label / 2 : 0.5 - label / 2);
      const corrected = book.correct(
        { sample, baseline: BASELINE, candidate: CANDIDATE },
        sides(opinion),
        known,
      );
      if (corrected.isLabelled) labels += 1;
      judged.push({ ...sides(opinion), corrected });
    }
    if (!alone.finished) alone.push(sides(label));
  }
  return {
    judged: judged.isCertified ? labels : null,
    alone: alone.isCertified ? alone.pairs : null,
  };
}

function median(values) {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  return Number.isFinite(middle) ? middle : "not certified";
}

const rows = [0.05, 0.2, 0.4].flatMap((disagreement) =>
  [0.25, 0.1].flatMap((chance) => [0.98, 0.9, 0.5].map((follows) => ({ disagreement, chance, follows }))),
);
console.log(
  `Margin 5 points, alpha 5 %, ${runs} runs a row; simulated. "follows": how often the judge agrees, else it sees a tie.`,
);
let isBroken = false;
console.table(
  rows.map((row) => {
    const equivalent = Array.from({ length: runs }, (_, run) => simulate({ ...row, truth: 0 }, run));
    const onMargin = Array.from({ length: runs }, (_, run) => simulate({ ...row, truth: -MARGIN }, run));
    const wrong = onMargin.filter(({ judged }) => judged !== null).length;
    const { lower, upper } = clopperPearson(wrong, runs, 0.1);
    isBroken ||= lower > ALPHA;
    const [withJudge, alone] = [
      median(equivalent.map(({ judged }) => judged)),
      median(equivalent.map((one) => one.alone)),
    ];
    return {
      disagree: `${100 * row.disagreement} %`,
      "labelled share": `${100 * row.chance} %`,
      follows: `${100 * row.follows} %`,
      "labels, with judge": withJudge,
      "labels alone": alone,
      "false certificates": `${wrong} of ${runs} (< ${(100 * upper).toFixed(1)} %)`,
    };
  }),
);
process.exitCode = isBroken ? 1 : 0;
