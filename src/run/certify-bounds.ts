import {
  countValues,
  finiteLowerBound,
  finiteUpperBound,
  type MissingRule,
  mixtureLowerBound,
  mixtureUpperBound,
} from "../stats/index.js";

/** The confidence sequence at one sample count. */
export interface BoundsPoint {
  readonly n: number;
  readonly difference: number;
  readonly lower: number;
  readonly upper: number;
}

export interface BoundsOptions {
  /** N for a claim about a finite population; null for draws from a stream. */
  readonly populationSize: number | null;
  /** Differences (weighted, if drawn so) lie in [-bound, bound]. */
  readonly bound: number;
  /** ln(K / alpha): each bound holds at every count together with probability at least 1 - alpha / K. */
  readonly logThreshold: number;
  readonly missingRule: (missing: number, pairs: number) => MissingRule;
  /** Where the e-process crossed at the margin: there the margin itself is a lower bound. */
  readonly certified: { readonly at: number; readonly margin: number } | null;
}

// 1.17: 38 points for 1,000 pairs, 52 for 10,000; enough for a chart on a logarithmic axis.
const CHECKPOINT_RATIO = 1.17;

/** Sample counts 1, 2, 3, .. growing by about 17 %, the same for every run length, with `extra` and `last`. */
export function checkpoints(last: number, extra: number | null): number[] {
  const counts = new Set<number>();
  for (let n = 1; n < last; n = Math.max(n + 1, Math.round(n * CHECKPOINT_RATIO))) counts.add(n);
  if (extra !== null) counts.add(extra);
  if (last > 0) counts.add(last);
  return [...counts].sort((a, b) => a - b);
}

/** Mean of counted values; null without any. */
export function differenceOf(counts: ReadonlyMap<number, number>): number | null {
  let [total, sum] = [0, 0];
  for (const [value, count] of counts) {
    total += count;
    sum += value * count;
  }
  return total === 0 ? null : sum / total;
}

/**
 * Bounds at the checkpoints, each the best so far (running intersection, valid for a confidence sequence).
 * At a census they are replaced by the arithmetic result. Checkpoints before the first graded pair are left out.
 */
export function boundsPath(differences: readonly (number | null)[], options: BoundsOptions): BoundsPoint[] {
  const path: BoundsPoint[] = [];
  let [lower, upper] = [-1, 1];
  for (const n of checkpoints(differences.length, options.certified?.at ?? null)) {
    const seen = differences.slice(0, n);
    const difference = differenceOf(countValues(seen));
    if (difference === null) continue;
    const now = boundsNow(seen, options);
    const exact = n === options.populationSize;
    lower = exact ? now.lower : Math.max(lower, now.lower);
    upper = exact ? now.upper : Math.min(upper, now.upper);
    // Bisection and the running sum differ in the last digits; the crossing itself is the stronger statement.
    if (!exact && options.certified?.at === n) lower = Math.max(lower, -options.certified.margin);
    // One number from two summation orders: keep the one that is shown as the difference.
    if (exact && lower === upper) [lower, upper] = [difference, difference];
    path.push({ n, difference, lower, upper });
  }
  return path;
}

/** Bounds from these pairs alone, without what earlier counts showed. */
export function boundsNow(
  seen: readonly (number | null)[],
  { populationSize, bound, logThreshold, missingRule }: BoundsOptions,
): { lower: number; upper: number } {
  const missing = seen.filter((value) => value === null).length;
  const worst = missingRule(missing, seen.length) === "worst";
  const filled = (worstValue: number): (number | null)[] =>
    worst ? seen.map((value) => value ?? worstValue) : [...seen];
  if (populationSize !== null) {
    return {
      lower: finiteLowerBound(filled(-1), populationSize, logThreshold),
      upper: finiteUpperBound(filled(1), populationSize, logThreshold),
    };
  }
  return {
    lower: mixtureLowerBound(countValues(filled(-bound)), logThreshold, bound),
    upper: mixtureUpperBound(countValues(filled(bound)), logThreshold, bound),
  };
}
