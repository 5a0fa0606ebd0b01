import { type Allocation, indexOfLargest } from "./allocation.js";
import { optimisticScore } from "./optimistic-score.js";

const CHANCE_OF_CHALLENGER = 0.5;
// A leader that wins this many draws in a row is challenged by the best of the others in the last of them.
const DRAWS = 16;

/** Russo, "Simple Bayesian algorithms for best-arm identification", Operations Research 2020. */
export const topTwo: Allocation = {
  name: "top-two",
  summary: "the leader of a Thompson draw, or half of the time the first other question that leads one",
  eliminates: true,
  choose: (open, random) => {
    const draw = (): number[] => open.map((question) => optimisticScore(question, random));
    const leader = indexOfLargest(draw());
    if (open.length === 1 || random.next() >= CHANCE_OF_CHALLENGER) return leader;
    let scores = draw();
    for (let again = 1; again < DRAWS && indexOfLargest(scores) === leader; again += 1) scores = draw();
    scores[leader] = Number.NEGATIVE_INFINITY;
    return indexOfLargest(scores);
  },
};
