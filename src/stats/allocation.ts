export interface Stratum {
  /** Items in the stratum. */
  readonly size: number;
  /** Standard deviation of the figure to be estimated, inside the stratum. */
  readonly spread: number;
  /** Cost of one sample, any unit common to all strata. */
  readonly cost: number;
}

/**
 * Samples per stratum, proportional to size * spread / sqrt(cost), which minimises the variance of a stratified
 * mean for a given spend (Neyman 1934; Cochran, "Sampling Techniques", 5.5). At least `minimum` a stratum as far
 * as the total allows, never more than its size; what a full stratum cannot take goes to the others. Rounded by
 * largest remainder, ties to the earlier stratum, so the result sums to min(total, items).
 */
export function neymanAllocation(strata: readonly Stratum[], total: number, minimum = 2): number[] {
  const sizes = strata.map(({ size }) => size);
  const target = Math.min(
    total,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const affordable = Math.min(minimum, Math.floor(target / Math.max(1, strata.length)));
  const floors = sizes.map((size) => Math.min(size, affordable));
  return roundToSum(clampedShares(neymanScores(strata), floors, sizes, target), sizes, target);
}

/** By size alone where nothing is known to vary. */
function neymanScores(strata: readonly Stratum[]): number[] {
  for (const { size, spread, cost } of strata) {
    if (!(size >= 0 && spread >= 0 && cost > 0)) {
      throw new RangeError(`stratum of size ${size}, spread ${spread}, cost ${cost} cannot be allotted`);
    }
  }
  const scores = strata.map(({ size, spread, cost }) => (size * spread) / Math.sqrt(cost));
  return scores.some((score) => score > 0) ? scores : strata.map(({ size }) => size);
}

/** Real-valued shares clamp(t * score, floor, size) with the multiplier t at which they sum to the target. */
function clampedShares(scores: number[], floors: number[], sizes: number[], target: number): number[] {
  const sharesAt = (multiplier: number): number[] =>
    scores.map((score, h) => Math.min(sizes[h]!, Math.max(floors[h]!, multiplier * score)));
  const sumAt = (multiplier: number): number => sharesAt(multiplier).reduce((sum, share) => sum + share, 0);
  let [low, high] = [0, 1];
  for (let doubling = 0; doubling < 200 && sumAt(high) < target; doubling += 1) high *= 2;
  for (let halving = 0; halving < 100; halving += 1) {
    const middle = (low + high) / 2;
    if (sumAt(middle) < target) low = middle;
    else high = middle;
  }
  return sharesAt(high);
}

/** Whole numbers that sum to `target`, each at most its cap: floors first, then the largest remainders. */
export function roundToSum(shares: readonly number[], caps: readonly number[], target: number): number[] {
  const rounded = shares.map((share, h) => Math.min(caps[h]!, Math.floor(share + 1e-9)));
  const order = shares
    .map((share, h) => ({ h, rest: share - rounded[h]! }))
    .sort((a, b) => b.rest - a.rest || a.h - b.h);
  let left = target - rounded.reduce((sum, count) => sum + count, 0);
  while (left > 0) {
    const before = left;
    for (const { h } of order) {
      if (left === 0) break;
      if (rounded[h]! >= caps[h]!) continue;
      rounded[h]! += 1;
      left -= 1;
    }
    if (left === before) throw new RangeError(`caps leave no room for ${left} of ${target}`);
  }
  return rounded;
}

/** Inclusion probability of each item of a stratum under simple random sampling, and its weight in a total. */
export interface DesignWeight {
  readonly inclusionProbability: number;
  readonly weight: number;
}

/**
 * Horvitz-Thompson weights of a stratified simple random sample: pi = n_h / N_h, weight 1 / pi. Sums of
 * weight * value over the sample are unbiased for population totals (Horvitz and Thompson, JASA 1952).
 * null for a stratum from which nothing is drawn: no estimate can speak for it.
 */
export function horvitzThompsonWeights(
  sizes: readonly number[],
  allocation: readonly number[],
): (DesignWeight | null)[] {
  return sizes.map((size, h) => {
    const drawn = allocation[h]!;
    if (drawn > size) throw new RangeError(`${drawn} draws from a stratum of ${size}`);
    return drawn === 0 ? null : { inclusionProbability: drawn / size, weight: size / drawn };
  });
}
