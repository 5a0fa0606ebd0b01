import type { Random } from "../../shared/random.js";
import type { OpenQuestion } from "./allocation.js";

// Credit of a question that nothing is known of, and the spread of its draw: a fresh question then overtakes one that
// stands a third of the way to its certificate about as often as not.
const FRESH_CREDIT = 0.3;
const FRESH_SPREAD = 0.3;
// Pairs after which a draw's variance has halved.
const SETTLING_PAIRS = 20;

/**
 * One draw of how promising a question is: the saving at stake, times how far its certificate has come, with noise
 * that fades as pairs come in (Thompson, Biometrika 1933, on the scale of ln E instead of a posterior).
 */
export function optimisticScore({ saving, progress, pairs }: OpenQuestion, random: Random): number {
  const noise = (FRESH_SPREAD * random.normal()) / Math.sqrt(1 + pairs / SETTLING_PAIRS);
  return saving * (FRESH_CREDIT + progress + noise);
}
