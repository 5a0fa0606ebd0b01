export interface SpotTerms {
  /** Share of instances interrupted within a month; null: unknown. */
  readonly interruptedPerMonth: { readonly low: number; readonly high: number } | null;
  /** Minutes from an interruption until a replacement serves. */
  readonly lagMinutes: number;
}

const HOURS_PER_MONTH = 730;
/** Of requests that ran on an interrupted replica, seconds of work done again (assumed): a long answer. */
const LOST_SECONDS = 60;
/** Share of the time that spot capacity can be had (assumed); the rest runs on demand. */
const OBTAINABLE = 0.95;
/** Replicas beyond the need while some restart (assumed). */
const OVER_PROVISION = 0.05;
/** Where the advisor says nothing, and the upper end of its open range "over 20 %" (assumed). */
const UNKNOWN_SHARE = 0.3;

/**
 * What a useful spot GPU-hour costs over its price.
 *
 * Formula: (1 + x) / (A x (1 - m x (lag + lost) / 3600)), x over-provision, A share of time obtainable, m interruptions
 * an hour, lag and lost seconds an interruption. m from the share p interrupted within a month, taken as a constant
 * hazard: m = -ln(1 - p) / 730. The middle of the advisor's range counts. Preemptions of one zone come together, which
 * an average does not show: the fallback to on-demand must be able to carry the load.
 */
export function spotOverhead({ interruptedPerMonth, lagMinutes }: SpotTerms): number {
  const range = interruptedPerMonth ?? { low: UNKNOWN_SHARE, high: UNKNOWN_SHARE };
  const share = Math.min(UNKNOWN_SHARE, (range.low + Math.min(range.high, UNKNOWN_SHARE)) / 2);
  const interruptionsPerHour = -Math.log1p(-share) / HOURS_PER_MONTH;
  const lostShare = (interruptionsPerHour * (lagMinutes * 60 + LOST_SECONDS)) / 3600;
  return (1 + OVER_PROVISION) / (OBTAINABLE * (1 - Math.min(0.5, lostShare)));
}

export const SPOT_ASSUMPTIONS = `${OVER_PROVISION * 100} % more replicas, spot obtainable ${OBTAINABLE * 100} % of the time`;
