/**
 * ln(K / alpha): what one of K tests that share `alpha` must reach, so that the chance of any false acceptance
 * is at most `alpha` under every dependence between the tests (Bonferroni on e-values) and at every stopping
 * time (Ville's inequality).
 */
export function logThreshold(alpha: number, family = 1): number {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha ${alpha} must lie strictly between 0 and 1`);
  if (!(Number.isInteger(family) && family >= 1)) {
    throw new RangeError(`family ${family} must be a whole number of tests, at least 1`);
  }
  return Math.log(family / alpha);
}
