// The fixed-size comparator: one look after n pairs, certifying when wins minus losses reach an exact critical value.
// It is given the true share of disagreement, which no user knows, so it is stronger than any test one could run.

/** Distribution of wins minus losses over n pairs, grown pair by pair, with tails below 1e-15 dropped. */
function createWalk(law) {
  const [tie, loss, win] = law.map(({ chance }) => chance);
  let [start, chances] = [0, Float64Array.of(1)];
  return {
    step() {
      const next = new Float64Array(chances.length + 2);
      for (let at = 0; at < chances.length; at += 1) {
        next[at] += loss * chances[at];
        next[at + 1] += tie * chances[at];
        next[at + 2] += win * chances[at];
      }
      let [from, to] = [0, next.length];
      while (to - from > 1 && next[from] < 1e-15) from += 1;
      while (to - from > 1 && next[to - 1] < 1e-15) to -= 1;
      chances = next.slice(from, to);
      start += from - 1;
    },
    /** P(wins - losses >= value) */
    tail(value) {
      let sum = 0;
      for (let at = Math.max(0, value - start); at < chances.length; at += 1) sum += chances[at];
      return sum;
    },
    /** Smallest value with a tail of at most `level`. */
    critical(level) {
      let [at, sum] = [chances.length, 0];
      while (at > 0 && sum + chances[at - 1] <= level) {
        at -= 1;
        sum += chances[at];
      }
      return start + at;
    },
  };
}

/** Fewest pairs at which the one-look test has the power; null beyond `most`. */
export function oneLookPairs({ nullLaw, trueLaw, level, power, most = 20_000 }) {
  const [under, actual] = [createWalk(nullLaw), createWalk(trueLaw)];
  for (let pairs = 1; pairs <= most; pairs += 1) {
    under.step();
    actual.step();
    if (actual.tail(under.critical(level)) >= power) return pairs;
  }
  return null;
}
