// Six candidates of known truth, each asked to its own verdict: pairs and calls beside the two fixed designs, the full grid
// over the same samples and one exact look sized for our power. Both ask every candidate equally often, since they are
// sized before anything is known.
import { createRandom } from "../../dist/shared/random.js";
import { ALPHA, Arm, createDesign, ternaryLaw } from "./fast-arm.mjs";
import { oneLookPairs } from "./one-look.mjs";

/** True effects in margins. The mix: clearly worse by three margins or more, equivalent, clearly better. */
export const MIXES = [
  { name: "even", effects: [-4, -3, 0, 0, 1, 2] },
  { name: "mostly worse", effects: [-4, -4, -3, -3, 0, 1] },
  { name: "all equivalent", effects: [0, 0, 0, 0, 0, 0] },
];

const labelOf = (margins) =>
  margins <= -3
    ? "clearly worse"
    : margins >= 1
      ? "clearly better"
      : margins === 0
        ? "equivalent"
        : "between";

/** Mean pairs and verdicts of each candidate, and the calls of the whole mix; the baseline's answers are shared. */
export function mixRow({ name, effects, margin, disagreement, planned, runs }) {
  const family = effects.length;
  const designs = effects.map((margins) =>
    createDesign({ law: ternaryLaw(disagreement, margins * margin), margin, family, planned }),
  );
  const random = createRandom(`mix ${name} ${margin} ${disagreement} ${planned}`);
  const sums = effects.map(() => ({ certified: 0, rejected: 0, pairs: 0 }));
  let calls = 0;
  for (let run = 0; run < runs; run += 1) {
    let front = 0;
    for (const [at, design] of designs.entries()) {
      const { verdict, pairs } = new Arm(design, random).run();
      sums[at].pairs += pairs;
      if (verdict === "certified" || verdict === "rejected") sums[at][verdict] += 1;
      calls += pairs;
      front = Math.max(front, pairs);
    }
    calls += front;
  }
  const oneLook = oneLookFor({ effects, sums, margin, disagreement, family, runs });
  const grid = planned * (family + 1);
  return {
    ...{ name, margin, disagreement, planned, runs },
    candidates: effects.map((margins, at) => ({
      effect: labelOf(margins),
      margins,
      certified: sums[at].certified / runs,
      rejected: sums[at].rejected / runs,
      pairs: sums[at].pairs / runs,
      ofGrid: sums[at].pairs / runs / planned,
      ofOneLook: oneLook === null ? null : sums[at].pairs / runs / oneLook,
    })),
    calls: calls / runs,
    callsOfGrid: calls / runs / grid,
    oneLookPairs: oneLook,
    callsOfOneLook: oneLook === null ? null : calls / runs / (oneLook * (family + 1)),
  };
}

/** Pairs of one exact look with our power against the equivalent candidates of the mix. */
function oneLookFor({ effects, sums, margin, disagreement, family, runs }) {
  const equivalent = effects.flatMap((margins, at) => (margins === 0 ? [sums[at].certified / runs] : []));
  const power = Math.min(0.99, equivalent.reduce((sum, share) => sum + share, 0) / equivalent.length);
  if (power < 0.05) return null;
  const laws = { nullLaw: ternaryLaw(disagreement, -margin), trueLaw: ternaryLaw(disagreement, 0) };
  return oneLookPairs({ ...laws, level: ALPHA / family, power });
}
