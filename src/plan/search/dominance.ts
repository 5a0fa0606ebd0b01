import type { Candidate } from "./candidates.js";
import type { Option } from "./problem.js";

/**
 * Drops options that another one beats whatever else is chosen: no dearer, no load on any fleet in either, no question
 * that is harder to prove, no lever and no one-off cost that the beaten one lacks. Options that feed fleets stay: what
 * they are worth depends on the fleet.
 */
export function dropDominated(options: readonly Option[]): Option[] {
  return options.filter((option, index) => {
    // The first option is to change nothing; it is always there to fall back on.
    if (index === 0 || option.feeds.length > 0) return true;
    return !options.some((other, place) => place !== index && beats(other, option, place < index));
  });
}

/** `first` decides between equals, so that one of them stays. */
function beats(a: Option, b: Option, first: boolean): boolean {
  if (a.feeds.length > 0 || a.cost > b.cost) return false;
  if (!asksNoMore(a.changes, b.changes) || !takesNoMore(a.changes, b.changes)) return false;
  return a.cost < b.cost || a.changes.length < b.changes.length || first;
}

function asksNoMore(a: readonly Candidate[], b: readonly Candidate[]): boolean {
  const [mine, other] = [a, b].map((changes) => changes.find(({ question }) => question !== null)?.question);
  if (mine == null) return true;
  if (other == null) return false;
  return mine.share <= other.share && mine.pairs >= other.pairs && mine.maximumMargin >= other.maximumMargin;
}

function takesNoMore(a: readonly Candidate[], b: readonly Candidate[]): boolean {
  return a.every(({ lever, effect }) =>
    b.some((other) => other.lever.id === lever.id && effect.oneOff <= other.effect.oneOff),
  );
}
