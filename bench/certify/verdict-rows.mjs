// Rows of the certification table: seeded runs of K independent questions with one truth.
import { CertifyState } from "../../dist/run/certify.js";
import { createRandom } from "../../dist/shared/random.js";
import { clopperPearson } from "../../dist/stats/index.js";
import { ALPHA, Arm, createDesign, runByProduct, ternaryLaw } from "./fast-arm.mjs";
import { oneLookPairs } from "./one-look.mjs";

const CHECKED_RUNS = 20;

/** One-sided 95 % bounds. */
export const upperBound = (count, runs) => clopperPearson(count, runs, 0.1).upper;
export const lowerBound = (count, runs) => clopperPearson(count, runs, 0.1).lower;

function tally(runs, family, runArm) {
  const sums = { anyCertified: 0, certified: 0, rejected: 0, futile: 0, inconclusive: 0, pairs: 0 };
  for (let run = 0; run < runs; run += 1) {
    let any = 0;
    for (let arm = 0; arm < family; arm += 1) {
      const { verdict, pairs } = runArm();
      sums[verdict] += 1;
      sums.pairs += pairs;
      if (verdict === "certified") any = 1;
    }
    sums.anyCertified += any;
  }
  return sums;
}

function checkAgainstProduct(design, label) {
  const shared = createDesign(design);
  for (let count = 0; count < CHECKED_RUNS; count += 1) {
    const [ours, product] = [1, 2].map(() => createRandom(`check ${label} ${count}`));
    const [fast, slow] = [new Arm(shared, ours).run(), runByProduct(design, product)];
    if (fast.verdict === slow.verdict && fast.pairs === slow.pairs) continue;
    throw new Error(
      `${label}: ${fast.verdict} at ${fast.pairs}, but the product says ${slow.verdict} at ${slow.pairs}`,
    );
  }
}

function rowOf({ label, family, planned, runs, mean, margin, disagreement }, sums) {
  const arms = runs * family;
  const isFalse = mean <= -margin + 1e-12;
  return {
    label,
    family,
    planned,
    runs,
    margin,
    mean,
    disagreement,
    isFalse,
    certified: isFalse ? sums.anyCertified : sums.certified,
    trials: isFalse ? runs : arms,
    rejected: sums.rejected / arms,
    undecided: (sums.futile + sums.inconclusive) / arms,
    pairs: sums.pairs / arms,
  };
}

const TRUTHS = [
  { truth: "3 margins worse", margins: -3 },
  { truth: "on the margin", margins: -1 },
  { truth: "equivalent", margins: 0 },
  { truth: "1 margin better", margins: 1 },
  // A run over all pairs never gives up, and pays for each of them whatever it has shown before.
  { truth: "on the margin, all pairs asked", margins: -1, asksAll: true },
  { truth: "equivalent, all pairs asked", margins: 0, asksAll: true },
];

/** All truths at one share of disagreement; the comparator is sized once, for the equivalent candidate. */
export function simpleRows({ margin, disagreement, planned, family, runs }) {
  const rows = TRUTHS.map(({ truth, margins, asksAll = false }) => {
    const mean = margins * margin;
    const law = ternaryLaw(disagreement, mean);
    const design = { law, margin, family, planned, givesUp: !asksAll };
    const label = `${truth} ${margin} ${disagreement} K=${family}`;
    checkAgainstProduct(design, label);
    const random = createRandom(label);
    const shared = createDesign(design);
    const actual = 1 - law[0].chance;
    return {
      truth,
      ...rowOf(
        { label, family, planned, runs, mean, margin, disagreement: actual },
        tally(runs, family, () => new Arm(shared, random).run()),
      ),
      ...(asksAll ? { pairs: planned } : {}),
      asksAll,
    };
  });
  const equivalent = rows.find(({ mean }) => mean === 0);
  // A share of 100 % in the simulation is no aim that a test of any size reaches.
  const power = Math.min(0.99, equivalent.certified / equivalent.trials);
  const laws = { nullLaw: ternaryLaw(disagreement, -margin), trueLaw: ternaryLaw(disagreement, 0) };
  const oneLook = power < 0.05 ? null : oneLookPairs({ ...laws, level: ALPHA / family, power });
  return rows.map((row) => ({ ...row, oneLook: row.asksAll ? null : oneLook }));
}

/** Importance weights 2 and 2/3, half of the traffic behind each; every loss in the part with the large weight. */
export function weightedRow({ truth, mean, margin, planned, family, runs }) {
  const p = Math.max(0.1, Math.abs(2 * mean));
  const law = [
    { value: 0, chance: 1 - 0.25 * p - 0.075 },
    { value: -2, weight: 2, chance: (0.25 * (p - 2 * mean)) / 2 },
    { value: 2, weight: 2, chance: (0.25 * (p + 2 * mean)) / 2 },
    { value: -2 / 3, weight: 2 / 3, chance: 0.0375 },
    { value: 2 / 3, weight: 2 / 3, chance: 0.0375 },
  ];
  const design = { law, margin, family, planned, bound: 2 };
  const label = `weighted draws, ${truth}`;
  checkAgainstProduct(design, label);
  const random = createRandom(`${label} K=${family}`);
  const shared = createDesign(design);
  const row = { label, family, planned, runs, mean, margin, disagreement: 1 - law[0].chance };
  return {
    truth: label,
    oneLook: null,
    ...rowOf(
      row,
      tally(runs, family, () => new Arm(shared, random).run()),
    ),
  };
}

/** Draws without replacement from N prompts that hold exactly `losses` losses and `wins` wins. */
export function finiteRow({ truth, population, losses, wins, margin, planned, family, runs }) {
  const prompts = Array.from({ length: population }, (_, at) =>
    at < losses ? -1 : at < losses + wins ? 1 : 0,
  );
  const label = `without replacement, ${truth}`;
  const random = createRandom(`${label} K=${family}`);
  const runArm = () => {
    const state = new CertifyState({
      ...{ alpha: ALPHA, family, margin, planned, population: "samples" },
      ...{ populationSize: population, earlyStopping: true },
    });
    for (const difference of random.shuffle(prompts)) {
      if (state.finished || state.pairs === planned) break;
      state.push({ difference, baselineScore: null, candidateScore: null });
    }
    return { verdict: state.verdict, pairs: state.pairs };
  };
  const mean = (wins - losses) / population;
  const row = { label, family, planned, runs, mean, margin, disagreement: (wins + losses) / population };
  return { truth: label, oneLook: null, ...rowOf(row, tally(runs, family, runArm)) };
}
