import type { PicoUsd } from "../../shared/money.js";
import type { Candidate } from "./candidates.js";
import { scopeCost, setupCost } from "./evaluate.js";
import type { Option, Terms } from "./problem.js";

/**
 * Drops options that another one beats whatever else is chosen: no load on any fleet in either, no question that is
 * harder to prove, and no dearer even if all that it needs must be set up for it alone while the beaten one finds its
 * own in place. Options that feed fleets stay: what they are worth depends on the fleet.
 */
export function dropDominated(options: readonly Option[], terms: Terms): Option[] {
  return options.filter((option, index) => {
    // The first option is to change nothing; it is always there to fall back on.
    if (index === 0 || option.feeds.length > 0) return true;
    return !options.some((other, place) => place !== index && beats(other, option, terms, place < index));
  });
}

/** `first` decides between equals, so that one of them stays. */
function beats(a: Option, b: Option, terms: Terms, first: boolean): boolean {
  if (a.feeds.length > 0 || !asksNoMore(a.changes, b.changes)) return false;
  const [dear, cheap] = [
    a.cost + mostEffort(a.changes, b.changes, terms),
    b.cost + leastEffort(b.changes, terms),
  ];
  if (dear !== cheap) return dear < cheap;
  return a.changes.length < b.changes.length || (a.changes.length === b.changes.length && first);
}

/** What `changes` cost to put in place where `other`'s levers are set up already. */
export function mostEffort(
  changes: readonly Candidate[],
  other: readonly Candidate[],
  terms: Terms,
): PicoUsd {
  const inPlace = new Set(other.map(({ lever }) => lever));
  const needed = new Set(changes.map(({ lever }) => lever).filter((lever) => !inPlace.has(lever)));
  return [...needed].reduce((sum, lever) => sum + setupCost(lever, terms), leastEffort(changes, terms));
}

/** What they cost where all their levers are set up already. */
export function leastEffort(changes: readonly Candidate[], terms: Terms): PicoUsd {
  return changes.reduce((sum, change) => sum + scopeCost(change, terms), 0n);
}

/** Whether whatever proof `a` needs can be had wherever that of `b` can, for no more of the quality budget. */
export function asksNoMore(a: readonly Candidate[], b: readonly Candidate[]): boolean {
  const [mine, other] = [a, b].map((changes) => changes.find(({ question }) => question !== null)?.question);
  if (mine == null) return true;
  if (other == null) return false;
  if (mine.fixedMargin !== undefined && other.fixedMargin !== undefined) {
    return mine.share * mine.fixedMargin <= other.share * other.fixedMargin;
  }
  // What the one spends depends on how many questions stand beside it, what the other spends does not.
  if (mine.fixedMargin !== other.fixedMargin) return false;
  return mine.share <= other.share && mine.pairs >= other.pairs && mine.maximumMargin >= other.maximumMargin;
}
