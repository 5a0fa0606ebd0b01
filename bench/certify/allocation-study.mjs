// Which candidate is asked next: six candidates for the same traffic under a common number of pairs. The setting is that
// of successive elimination against Thompson draws: cheap ones are worse, one lies on the margin, three are equivalent.
import { WAVE_SAMPLES } from "../../dist/run/allocation/ask-in-waves.js";
import { ALLOCATIONS } from "../../dist/run/allocation/registry.js";
import { createRandom } from "../../dist/shared/random.js";
import { clopperPearson } from "../../dist/stats/index.js";
import { Arm, createDesign, ternaryLaw } from "./fast-arm.mjs";

const MARGIN = 0.05;
const DISAGREEMENT = 0.22;
/** Cost over the baseline's, and the true difference. */
export const MIXED = [
  { cost: 0.2, mean: -0.2 },
  { cost: 0.3, mean: -0.1 },
  { cost: 0.4, mean: -0.05 },
  { cost: 0.5, mean: 0 },
  { cost: 0.6, mean: 0 },
  { cost: 0.8, mean: 0 },
];
export const ALL_ON_MARGIN = MIXED.map(({ cost }) => ({ cost, mean: -MARGIN }));

/** A trap, kept for comparison: a candidate on the margin holds it for ever. */
const cheapestFirst = { name: "cheapest-first", eliminates: true, choose: () => 0 };
const COMPARED = [...ALLOCATIONS, cheapestFirst];

function designOf({ mean }, onFile, family) {
  return createDesign({ law: ternaryLaw(DISAGREEMENT, mean), margin: MARGIN, family, planned: onFile });
}

function simulate(allocation, candidates, budget, onFile, random) {
  const arms = candidates.map((candidate) => ({
    ...candidate,
    dropped: false,
    test: new Arm(candidate.design, random),
  }));
  let [pairs, spent, front] = [0, 0, 0];
  for (;;) {
    const open = arms.filter(({ test, dropped }) => !dropped && test.verdict === null && test.pairs < onFile);
    if (open.length === 0 || pairs >= budget) break;
    const largest = 1 - open[0].cost;
    const seen = open.map(({ cost, test }) => ({
      progress: test.progress,
      pairs: test.pairs,
      saving: (1 - cost) / largest,
    }));
    const chosen = open[allocation.choose(seen, random)];
    for (let pair = 0; pair < WAVE_SAMPLES && pairs < budget && chosen.test.verdict === null; pair += 1) {
      chosen.test.push();
      pairs += 1;
      spent += chosen.cost + (chosen.test.pairs > front ? 1 : 0);
      front = Math.max(front, chosen.test.pairs);
    }
    if (!allocation.eliminates || chosen.test.verdict !== "certified") continue;
    for (const arm of arms) if (arm.cost > chosen.cost) arm.dropped = true;
  }
  const certified = arms.filter(({ test }) => test.verdict === "certified");
  const best = arms.find(({ mean }) => mean > -MARGIN);
  return {
    isWrong: certified.some(({ mean }) => mean <= -MARGIN),
    isBest: best !== undefined && certified[0] === best,
    saving: certified.length > 0 && certified[0].mean > -MARGIN ? 1 - certified[0].cost : 0,
    pairs,
    spent,
  };
}

/** One row an allocation; the same seeds for all. */
export function allocationRows({ candidates, budget, onFile, runs }) {
  const designed = candidates.map((candidate) => ({
    ...candidate,
    design: designOf(candidate, onFile, candidates.length),
  }));
  return COMPARED.map((allocation) => {
    const sums = { wrong: 0, best: 0, saving: 0, savingSquares: 0, pairs: 0, spent: 0 };
    for (let run = 0; run < runs; run += 1) {
      const random = createRandom(`allocation ${budget} ${run}`);
      const result = simulate(allocation, designed, budget, onFile, random);
      sums.wrong += result.isWrong ? 1 : 0;
      sums.best += result.isBest ? 1 : 0;
      sums.saving += result.saving;
      sums.savingSquares += result.saving ** 2;
      sums.pairs += result.pairs;
      sums.spent += result.spent;
    }
    const saving = sums.saving / runs;
    const deviation = Math.sqrt(Math.max(0, sums.savingSquares / runs - saving ** 2) / runs);
    return {
      name: allocation.name,
      runs,
      saving,
      wrong: sums.wrong,
      best: sums.best,
      bestInterval: clopperPearson(sums.best, runs),
      savingInterval: { lower: saving - 1.96 * deviation, upper: saving + 1.96 * deviation },
      pairs: sums.pairs / runs,
      spent: sums.spent / runs,
    };
  });
}
