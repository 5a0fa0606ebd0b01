import { betaQuantile } from "./beta.js";
import type { Interval } from "./hedged-capital.js";

/**
 * Exact two-sided interval for a probability, at least 1 - alpha for every true value, for a number of trials
 * fixed beforehand. Source: Clopper and Pearson, Biometrika 26 (1934).
 */
export function clopperPearson(successes: number, trials: number, alpha = 0.05): Interval {
  if (!(Number.isInteger(successes) && Number.isInteger(trials) && successes >= 0 && successes <= trials)) {
    throw new RangeError(`${successes} successes of ${trials} trials is no binomial count`);
  }
  const failures = trials - successes;
  return {
    lower: successes === 0 ? 0 : betaQuantile(alpha / 2, successes, failures + 1),
    upper: failures === 0 ? 1 : betaQuantile(1 - alpha / 2, successes + 1, failures),
  };
}
