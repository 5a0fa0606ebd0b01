/**
 * Whole groups of calls sent from a strong model to a weak one, chosen by the planner's own search: each group is a
 * cluster that keeps the strong model or is routed, calls on the strong model are the cost, and the loss that a group
 * is known to bring takes the place of the margin that its pairs could prove. A group may gain, and pay for others.
 *
 * @param {readonly { name: string, calls: number, loss: number }[]} groups loss: strong right less weak right, in calls
 * @param {{ createSearch: Function, milp: Function }} planner from dist/plan/search
 */
export function createRouting(groups, { createSearch, milp }) {
  const total = groups.reduce((sum, { calls }) => sum + calls, 0);
  const lossOf = new Map(groups.map(({ name, calls, loss }) => [name, loss / calls]));
  const clusters = groups.map((group) => ({
    cluster: group.name,
    combinations: [
      {
        shared: [],
        units: [[optionOf([], group.calls), optionOf([candidateOf(group, total)], 0)]],
      },
    ],
  }));
  const problem = {
    ...{ clusters, fleets: [], priced: 2 * clusters.length, slack: 0n, unweighed: [] },
    terms: {
      hours: 1,
      effortOf: () => ({ setupHours: 0, hoursPerScope: 0 }),
      amortise: () => 0n,
      people: () => 0n,
      breach: () => null,
      floorOf: ({ id }) => lossOf.get(id),
    },
  };
  const search = createSearch(problem, NO_LOADS, BigInt(total) * CALL, milp);
  return {
    /** The most calls off the strong model at a total loss of at most `budget` (share of all calls). */
    within(budget) {
      const { plan, bound } = search.within(budget);
      const routed = new Set(plan.changes.map(({ id }) => id));
      const chosen = groups.filter(({ name }) => routed.has(name));
      return {
        groups: chosen.map(({ name }) => name),
        calls: chosen.reduce((sum, { calls }) => sum + calls, 0),
        loss: chosen.reduce((sum, { loss }) => sum + loss, 0) / total,
        optimal: bound === plan.objective,
      };
    },
  };
}

/** The same choice as one programme of HiGHS without the planner around it; `limit`: loss in calls. */
export function routeDirectly(groups, limit, milp) {
  const variable = (index) => `x_${index}`;
  const solution = milp({
    objective: groups.map(({ calls }, index) => [-calls, variable(index)]),
    rows: [{ terms: groups.map(({ loss }, index) => [loss, variable(index)]), sense: "<=", right: limit }],
    binaries: groups.map((_, index) => variable(index)),
    integers: [],
  });
  return groups.filter((_, index) => (solution?.values.get(variable(index)) ?? 0) > 0.5);
}

/** One call on the strong model, in the search's money. */
const CALL = 1_000_000_000_000n;
const NO_LOADS = { of: () => null, sum: () => new Float64Array(0), typical: [] };
const ROUTE = { id: "route" };

function optionOf(changes, calls) {
  return { changes, cost: BigInt(calls) * CALL, served: null, feeds: [], joins: [] };
}

function candidateOf({ name, calls }, total) {
  return {
    id: name,
    lever: ROUTE,
    proposal: { cluster: name, model: null, parameters: {} },
    effect: { oneOff: 0n },
    standalone: BigInt(calls) * CALL,
    question: { share: calls / total, pairs: 0, maximumMargin: 1 },
    excluded: null,
  };
}
