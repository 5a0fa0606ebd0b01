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

interface OfLever {
  readonly lever: Pick<Lever, "id" | "effort">;
}

/** The changes that bear their lever's set-up: the first of each, since a lever is set up once wherever it is used. */
export function setupBearers<C extends OfLever>(changes: readonly C[]): ReadonlySet<C> {
  const first = new Map<string, C>();
  for (const change of changes) if (!first.has(change.lever.id)) first.set(change.lever.id, change);
  return new Set(first.values());
}

/** People's hours to put each change in place, in the order given. */
export function peopleHours<C extends OfLever>(
  changes: readonly C[],
  { effortOf }: Pick<Economics, "effortOf">,
): ReadonlyMap<C, number> {
  const bearers = setupBearers(changes);
  return new Map(
    changes.map((change) => {
      const { setupHours, hoursPerScope } = effortOf(change.lever);
      return [change, (bearers.has(change) ? setupHours : 0) + hoursPerScope];
    }),
  );
}
