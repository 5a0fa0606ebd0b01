import type { Basis } from "../../profile/contract.js";
import type { Random } from "../../shared/random.js";

/** A quantity that nobody knows exactly: triangular between `low` and `high` with its mode at `mid`. */
export interface Uncertainty {
  readonly name: string;
  readonly low: number;
  readonly mid: number;
  readonly high: number;
  readonly basis: Basis;
  /** Where the three figures come from. */
  readonly source: string;
}

/** One value an uncertainty, by name. */
export type Draw = ReadonlyMap<string, number>;

export interface EconomicsInput {
  readonly uncertainties: readonly Uncertainty[];
  /** Saving of an average month, USD, under a draw. */
  readonly saving: (draw: Draw) => number;
  /** Paid once before the first saving, USD, under a draw. */
  readonly oneOff: (draw: Draw) => number;
  readonly horizonMonths: number;
  /** A year, 0.1 = 10 %; months are discounted by its twelfth root. */
  readonly discountRateYear: number;
  readonly random: Random;
}

/** 5 %, median and 95 % of the draws. */
export interface Spread {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

export interface EconomicsOutcome {
  readonly savingUsdMonth: Spread;
  readonly oneOffUsd: Spread;
  readonly npvUsd: Spread;
  /** With every uncertainty at its middle. */
  readonly npvMiddleUsd: number;
  /** Net gain over the horizon per dollar of one-off cost; null where nothing is paid. */
  readonly roi: Spread | null;
  /** null: not paid back within the horizon. */
  readonly paybackMonths: { readonly low: number; readonly mid: number | null; readonly high: number | null };
  readonly chanceOfLoss: number;
  readonly draws: number;
  readonly tornado: readonly {
    readonly name: string;
    readonly npvLowUsd: number;
    readonly npvHighUsd: number;
  }[];
}

export const DRAWS = 2000;
const TORNADO_BARS = 5;

/**
 * What a plan is worth under its uncertainties: net present value, payback and return by seeded Monte Carlo, and the
 * five uncertainties that move the net present value most, one at a time with the others at their middle.
 *
 * NPV = -one-off + sum over months m = 1..horizon of saving / (1 + rate)^(m / 12); payback = one-off / saving;
 * return = (horizon x saving - one-off) / one-off.
 */
export function simulateEconomics(input: EconomicsInput): EconomicsOutcome {
  const draws = Array.from({ length: DRAWS }, () => drawFrom(input.uncertainties, input.random));
  const rows = draws.map((draw) => worthOf(input, draw));
  const spread = (value: (row: Worth) => number) => spreadOf(rows.map(value));
  const payback = spread((row) => row.payback);
  const within = (months: number) => (months <= input.horizonMonths ? months : null);
  return {
    savingUsdMonth: spread((row) => row.saving),
    oneOffUsd: spread((row) => row.oneOff),
    npvUsd: spread((row) => row.npv),
    npvMiddleUsd: toCents(worthOf(input, middleOf(input)).npv),
    roi: rows.every((row) => row.oneOff > 0) ? spread((row) => row.roi) : null,
    paybackMonths: {
      low: Math.min(payback.low, input.horizonMonths),
      mid: within(payback.mid),
      high: within(payback.high),
    },
    chanceOfLoss: rows.filter((row) => row.npv < 0).length / rows.length,
    draws: rows.length,
    tornado: tornadoOf(input),
  };
}

interface Worth {
  readonly saving: number;
  readonly oneOff: number;
  readonly npv: number;
  readonly roi: number;
  readonly payback: number;
}

function worthOf({ saving, oneOff, horizonMonths, discountRateYear }: EconomicsInput, draw: Draw): Worth {
  const monthly = saving(draw);
  const paid = oneOff(draw);
  return {
    saving: monthly,
    oneOff: paid,
    npv: monthly * annuity(horizonMonths, discountRateYear) - paid,
    roi: paid > 0 ? (monthly * horizonMonths - paid) / paid : 0,
    payback: paid === 0 ? 0 : monthly > 0 ? paid / monthly : Number.POSITIVE_INFINITY,
  };
}

/** Present value of one dollar at the end of each month. */
export function annuity(months: number, rateYear: number): number {
  const factor = (1 + rateYear) ** (-1 / 12);
  return factor === 1 ? months : (factor * (1 - factor ** months)) / (1 - factor);
}

function middleOf({ uncertainties }: EconomicsInput): Draw {
  return new Map(uncertainties.map(({ name, mid }) => [name, mid]));
}

function tornadoOf(input: EconomicsInput): EconomicsOutcome["tornado"] {
  const middle = middleOf(input);
  const npvWith = (name: string, value: number) => worthOf(input, new Map([...middle, [name, value]])).npv;
  return input.uncertainties
    .map(({ name, low, high }) => ({
      name,
      npvLowUsd: toCents(npvWith(name, low)),
      npvHighUsd: toCents(npvWith(name, high)),
    }))
    .sort((a, b) => widthOf(b) - widthOf(a))
    .slice(0, TORNADO_BARS);
}

function widthOf({ npvLowUsd, npvHighUsd }: { npvLowUsd: number; npvHighUsd: number }): number {
  return Math.abs(npvHighUsd - npvLowUsd);
}

function drawFrom(uncertainties: readonly Uncertainty[], random: Random): Draw {
  return new Map(
    uncertainties.map((uncertainty) => [uncertainty.name, triangular(uncertainty, random.next())]),
  );
}

/** Inverse of the triangular distribution function. */
export function triangular({ low, mid, high }: Pick<Uncertainty, "low" | "mid" | "high">, u: number): number {
  if (high === low) return mid;
  const turn = (mid - low) / (high - low);
  return u < turn
    ? low + Math.sqrt(u * (high - low) * (mid - low))
    : high - Math.sqrt((1 - u) * (high - low) * (high - mid));
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    toCents(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!);
  return { low: at(0.05), mid: at(0.5), high: at(0.95) };
}

/** Hundredths: more digits than the uncertainties carry would only look exact. */
function toCents(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : value;
}
