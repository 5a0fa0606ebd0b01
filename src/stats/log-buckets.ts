/**
 * Mergeable quantile sketch: plain counts per logarithmic bucket. Bucket i holds (gamma^(i-1), gamma^i], so the
 * midpoint 2 gamma^i / (gamma + 1) is off by at most (gamma - 1) / (gamma + 1) < 1 % of the value. Merging adds
 * counts and is exact. Source: Masson, Rim and Lee, "DDSketch", VLDB 2019 (arXiv 1908.10693).
 */
export const BUCKET_GAMMA = 1.02;

export const LN_BUCKET_GAMMA = Math.log(BUCKET_GAMMA);

/** Bucket of the value 0: below the bucket of the smallest positive double (-37,593). */
export const ZERO_BUCKET = -40_000;

export interface BucketCount {
  readonly bucket: number;
  readonly count: number;
}

/** ceil(ln(x) / ln(gamma)); values are counts or durations, so a negative one is a fault of the caller. */
export function bucketOf(value: number): number {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`value ${value} must be finite and not negative`);
  }
  return value === 0 ? ZERO_BUCKET : Math.ceil(Math.log(value) / LN_BUCKET_GAMMA);
}

/** The value that stands for a bucket. */
export function bucketValue(bucket: number): number {
  return bucket === ZERO_BUCKET ? 0 : (2 * BUCKET_GAMMA ** bucket) / (BUCKET_GAMMA + 1);
}

/** Nearest-rank quantile: the value at rank max(1, ceil(q n)); null without any count. Buckets may repeat. */
export function quantileFromBuckets(buckets: readonly BucketCount[], q: number): number | null {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} lies outside 0..1`);
  const sorted = buckets.filter(({ count }) => count > 0).sort((a, b) => a.bucket - b.bucket);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(q * total));
  let reached = 0;
  for (const { bucket, count } of sorted) {
    reached += count;
    if (reached >= rank) return bucketValue(bucket);
  }
  return null;
}

/** Sketch of the union of the inputs' data. */
export function mergeBuckets(...sketches: readonly (readonly BucketCount[])[]): BucketCount[] {
  const counts = new Map<number, number>();
  for (const { bucket, count } of sketches.flat()) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  return [...counts].map(([bucket, count]) => ({ bucket, count })).sort((a, b) => a.bucket - b.bucket);
}
