/**
 * One honest decision: the calls are dealt into a choosing half and a judging half. A quarter proposes sets of groups,
 * the other quarter of the choosing half must confirm the one that is picked, and the judging half only looks on.
 */

/** Normal quantile of 95 %: the stated confidence, one-sided. */
export const CONFIDENCE = 0.95;
const Z = 1.6448536269514722;
/** The proposal aims this much below the limit, in standard errors, so that most proposals are confirmed. */
const POWER = 0.8416212335729143;
/** Total losses that are proposed, shares of all calls. */
const LADDER = [0, 0.0025, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04];
/** Losses that are proposed on are counted in tenths of a call: they are shrunk, hence not whole. */
const TENTHS = 10;
/** One in a thousand over all groups: a flag says that the grades are broken, not that a model is weak here. */
const FLAG_LEVEL = 1e-3;

/**
 * @param {readonly { group: string, difference: -1 | 0 | 1 }[]} lines difference: strong right less weak right
 * @param propose (groups, losses in tenths of a call) => (loss in tenths) => names of groups to route
 */
export function decideSplit(lines, budgets, propose) {
  const half = lines.length >> 1;
  const [quarter, confirming, judging] = [
    lines.slice(0, half >> 1),
    lines.slice(half >> 1, half),
    lines.slice(half),
  ];
  // Flags see the whole choosing half: leaving out a group for what it gains there only makes confirming harder.
  const flagged = flaggedGroups(lines.slice(0, half));
  const groups = shrunk(groupsOf(quarter).filter(({ name }) => !flagged.has(name)));
  const within = propose(groups);
  const sets = LADDER.map((loss) => {
    const names = new Set(within(loss * quarter.length * TENTHS));
    const lost = groups.reduce((sum, group) => (names.has(group.name) ? sum + group.loss : sum), 0);
    return { names, expected: lost / TENTHS / quarter.length };
  });
  return {
    flagged: [...flagged],
    decisions: budgets.map((budget) => decide(budget, sets, { quarter, confirming, judging })),
  };
}

/** The largest set whose loss is expected to be confirmed; then one test of it, and what it really did. */
function decide(budget, sets, { quarter, confirming, judging }) {
  const spread = Math.sqrt(1 / confirming.length + 1 / judging.length);
  const promising = sets.filter(
    ({ names, expected }) =>
      names.size > 0 && expected + (Z + POWER) * lossOf(quarter, names).deviation * spread <= budget,
  );
  const set = promising.at(-1)?.names ?? new Set();
  const seen = lossOf(confirming, set);
  // Both parts are random draws: the bound is for the loss that the judging half will show, not for a long-run mean.
  const confirmed = set.size > 0 && seen.mean + Z * seen.deviation * spread <= budget;
  const shipped = confirmed ? set : new Set();
  return {
    proposed: set.size > 0,
    confirmed,
    realised: lossOf(judging, shipped).mean,
    claimedShare: shareOf(quarter, set),
    savedShare: shareOf(judging, shipped),
  };
}

/**
 * Losses drawn towards their mean by as much as chance explains their spread (empirical Bayes, moments): the groups
 * that look best on few calls mostly look better than they are.
 */
function shrunk(groups) {
  const calls = groups.reduce((sum, group) => sum + group.calls, 0);
  const mean = groups.reduce((sum, { loss }) => sum + loss, 0) / calls;
  const weighted = (value) => groups.reduce((sum, group) => sum + group.calls * value(group), 0) / calls;
  const within = weighted(({ calls: own, loss, squares }) => squares / own - (loss / own) ** 2);
  const around = weighted(({ calls: own, loss }) => (loss / own - mean) ** 2);
  // What is left of the spread when chance has its part: one `within` for every group.
  const between = Math.max(1e-6, around - (within * groups.length) / calls);
  return groups.map(({ name, calls: own, loss }) => {
    const weight = own / (own + within / between);
    return { name, calls: own, loss: Math.round(TENTHS * (weight * loss + (1 - weight) * mean * own)) };
  });
}

/** Loss over all calls when the set is routed; calls outside it lose nothing. */
function lossOf(lines, set) {
  let [sum, squares] = [0, 0];
  for (const { group, difference } of lines) {
    if (!set.has(group)) continue;
    sum += difference;
    squares += difference * difference;
  }
  const mean = sum / lines.length;
  return { mean, deviation: Math.sqrt(squares / lines.length - mean * mean) };
}

function shareOf(lines, set) {
  return lines.filter(({ group }) => set.has(group)).length / lines.length;
}

export function groupsOf(lines) {
  const groups = new Map();
  for (const { group, difference } of lines) {
    const known = groups.get(group) ?? { name: group, calls: 0, loss: 0, squares: 0 };
    groups.set(group, {
      name: group,
      calls: known.calls + 1,
      loss: known.loss + difference,
      squares: known.squares + difference * difference,
    });
  }
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Groups where the model that is right more often elsewhere is right so much more rarely that chance cannot explain it
 * (one-sided sign test over the calls on which the models differ, shared over the groups).
 */
function flaggedGroups(lines) {
  const names = [...new Set(lines.map(({ group }) => group))];
  return new Set(
    names.filter((name) => {
      const own = lines.filter(({ group, difference }) => group === name && difference !== 0);
      const wins = own.filter(({ difference }) => difference > 0).length;
      return lowerTail(wins, own.length) < FLAG_LEVEL / names.length;
    }),
  );
}

/** P(Binomial(trials, 1/2) <= successes). */
function lowerTail(successes, trials) {
  let [logTerm, tail] = [-trials * Math.LN2, 0];
  for (let k = 0; k <= successes; k += 1) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((trials - k) / (k + 1));
  }
  return tail;
}
