import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { CertifyState } from "../certify.js";
import { type Allocation, indexOfLargest } from "./allocation.js";
import { WAVE_SAMPLES } from "./ask-in-waves.js";
import { ALLOCATIONS } from "./registry.js";

const [MARGIN, ALPHA, ARMS, RUNS] = [0.05, 0.05, 4, 400];
// For all candidates together, so that chasing one of them leaves less for the others.
const PAIRS = 960;

/** Chases whatever looks best at the moment: the choice that would hurt a test that could be hurt. */
const chaser: Pick<Allocation, "choose"> & { readonly name: string } = {
  name: "an adversary that always asks the candidate nearest to its certificate",
  choose: (open) => indexOfLargest(open.map(({ progress }) => progress)),
};

/** True if any of four candidates that lose exactly the margin is certified. */
function isAnyCertified({ choose }: Pick<Allocation, "choose">, run: number): boolean {
  const random = createRandom(`null ${run}`);
  const arms = Array.from({ length: ARMS }, () => {
    return new CertifyState({
      alpha: ALPHA,
      family: ARMS,
      margin: MARGIN,
      population: "traffic",
      populationSize: null,
      earlyStopping: true,
    });
  });
  for (let wave = 0; wave < PAIRS / WAVE_SAMPLES; wave += 1) {
    const open = arms.filter(({ finished }) => !finished);
    if (open.length === 0) break;
    const seen = open.map(({ progress, pairs }, index) => ({ id: `${index}`, progress, pairs, saving: 1 }));
    const chosen = open[choose(seen, random)]!;
    for (let pair = 0; pair < WAVE_SAMPLES; pair += 1) {
      const uniform = random.next();
      const difference = uniform < 0.125 ? -1 : uniform < 0.2 ? 1 : 0;
      chosen.push({ difference, baselineScore: null, candidateScore: null });
    }
  }
  return arms.some(({ verdict }) => verdict === "certified");
}

describe("the chance of any false certificate among four candidates exactly on the margin", () => {
  it.each([...ALLOCATIONS, chaser])("is at most alpha under $name", (allocation) => {
    let wrong = 0;
    for (let run = 0; run < RUNS; run += 1) if (isAnyCertified(allocation, run)) wrong += 1;
    expect(wrong / RUNS).toBeLessThanOrEqual(ALPHA);
  });
});
