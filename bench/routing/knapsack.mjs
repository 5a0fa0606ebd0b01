/**
 * The best whole groups at every total loss, by dynamic programming over whole calls: independent of the planner, so
 * it can referee it, and fast enough for thousands of choices.
 *
 * @param {readonly { name: string, calls: number, loss: number }[]} groups
 * @returns {(limit: number) => { groups: string[], calls: number, loss: number } | null} limit and loss in calls
 */
export function knapsack(groups) {
  const least = groups.reduce((sum, { loss }) => sum + Math.min(0, loss), 0);
  const most = groups.reduce((sum, { loss }) => sum + Math.max(0, loss), 0);
  const width = most - least + 1;
  // best[loss - least]: most calls of the groups so far at exactly this loss; -1: it cannot be reached.
  let best = new Int32Array(width).fill(-1);
  best[-least] = 0;
  const taken = groups.map(({ calls, loss }) => {
    const next = best.slice();
    const took = new Uint8Array(width);
    for (let at = 0; at < width; at += 1) {
      const from = at - loss;
      if (from < 0 || from >= width || best[from] < 0 || best[from] + calls <= next[at]) continue;
      next[at] = best[from] + calls;
      took[at] = 1;
    }
    best = next;
    return took;
  });
  return (limit) => {
    // Nothing routed loses nothing; a limit below that asks for gains and may have no answer.
    let at = -1;
    for (let loss = least; loss <= Math.min(most, Math.floor(limit + 1e-9)); loss += 1) {
      if (best[loss - least] >= 0 && (at < 0 || best[loss - least] > best[at])) at = loss - least;
    }
    if (at < 0) return null;
    const answer = { groups: [], calls: best[at], loss: at + least };
    for (let index = groups.length - 1; index >= 0; index -= 1) {
      if (taken[index][at] !== 1) continue;
      answer.groups.push(groups[index].name);
      at -= groups[index].loss;
    }
    return answer;
  };
}
