import type { Effort, Lever } from "../../levers/index.js";
import { type PicoUsd, parseUsd } from "../../shared/money.js";
import type { Policy } from "./load-policy.js";

/** How one-off cost and later savings are weighed. */
export interface Economics {
  /** An engineer's hour. */
  readonly hourlyRatePicoUsd: PicoUsd;
  readonly amortisationMonths: number;
  /** A year, 0.1 = 10 %. */
  readonly discountRateYear: number;
  readonly horizonMonths: number;
  /** The policy's hours where it states them, else the lever's own. */
  effortOf(lever: Pick<Lever, "id" | "effort">): Effort;
}

export function readEconomics({ economics }: Pick<Policy, "economics">): Economics {
  const { hourlyRateUsd, amortisationMonths, discountRateYear, horizonMonths } = economics;
  return {
    hourlyRatePicoUsd: usd(hourlyRateUsd),
    amortisationMonths,
    discountRateYear,
    horizonMonths,
    effortOf: ({ id, effort }) => {
      const own = economics.effort.find(({ lever }) => lever === id);
      return own === undefined ? effort : { setupHours: own.setupHours, hoursPerScope: own.hoursPerScope };
    },
  };
}

/** Amounts that people write have at most micro-dollars. */
export function usd(amount: number): PicoUsd {
  return parseUsd(amount.toFixed(6));
}
