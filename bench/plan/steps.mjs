// The steps of `tokenop plan` one by one in this process, timed, as src/plan/build-plan.ts takes them.
import { join } from "node:path";
import { openDuckDb } from "../../dist/engine/duckdb/index.js";
import { levers } from "../../dist/levers/index.js";
import { openPlanning, openPrices } from "../../dist/pipeline/open.js";
import { buildPlan, costOf, openHighs } from "../../dist/plan/index.js";
import { applyJointly } from "../../dist/plan/joint.js";
import { readRules } from "../../dist/plan/policy/rules.js";
import { buildProblem } from "../../dist/plan/search/build-problem.js";
import { buildCandidates } from "../../dist/plan/search/candidates.js";
import { createSearch } from "../../dist/plan/search/solve.js";
import { profileSchema } from "../../dist/profile/contract.js";
import { readArtifact } from "../../dist/shared/artifact.js";
import { silentLogger } from "../../dist/shared/log.js";
import { createRandom } from "../../dist/shared/random.js";
import { openWorkspace } from "../../dist/shared/workspace.js";

const EVALUATIONS = 200;

const context = {
  now: () => new Date(),
  env: {},
  homeDir: "/",
  signal: new AbortController().signal,
  log: silentLogger,
  version: "bench",
};

export async function rowsOfCube(folder) {
  const engine = await openDuckDb({ scratchDir: join(folder, ".tokenop", "scratch", "count") }, context);
  try {
    const cube = (await openWorkspace(folder)).cube.replaceAll("'", "''");
    const [row] = await engine.rows(`SELECT count(*)::INTEGER AS rows FROM read_parquet('${cube}')`);
    return row.rows;
  } finally {
    await engine.close();
  }
}

/** Wall and processor milliseconds: the second says what an idle machine would take where work shares the cores. */
async function timed(work) {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, spent: { wall: performance.now() - started, processor: (user + system) / 1000 } };
}

const sumOf = (...parts) => ({
  wall: parts.reduce((sum, { wall }) => sum + wall, 0),
  processor: parts.reduce((sum, { processor }) => sum + processor, 0),
});

export async function planInSteps(folder) {
  const milp = counted(await openHighs());
  const loaded = await timed(() => load(folder));
  const { workload, books, policy } = loaded.value;
  const rules = readRules(
    policy,
    workload,
    books,
    levers.map(({ id }) => id),
  );
  const proposed = await timed(() => buildCandidates(workload, levers, rules, books));
  const usable = proposed.value.filter(({ excluded }) => excluded === null);
  const built = await timed(() =>
    buildProblem(workload, usable, books, rules, { alpha: policy.quality.alpha, objective: "net" }),
  );
  const { problem, loads } = built.value;
  const solved = await timed(() =>
    createSearch(problem, loads, costOf(workload, books).amount, milp.solve).within(policy.quality.budget),
  );
  const { wall: highs, solves } = { ...milp.state };
  const planned = await timed(() =>
    buildPlan({ workload, policy, prices: books, milp: milp.solve, seed: 1 }),
  );
  return {
    ...{ load: loaded.spent, candidates: proposed.spent, price: built.spent, solve: solved.spent, highs },
    plan: planned.spent,
    total: sumOf(loaded.spent, planned.spent),
    evaluations: await evaluationsASecond(workload, usable, books),
    optimal: planned.value.search.optimal,
    counts: {
      cells: workload.cells.length,
      candidates: proposed.value.length,
      usable: usable.length,
      actions: planned.value.actions.length,
      fleets: workload.fleets.length,
      priced: problem.priced,
      solves,
    },
  };
}

async function load(folder) {
  const workspace = await openWorkspace(folder);
  const profile = await readArtifact(workspace.profile, profileSchema, "");
  const prices = await openPrices({ dir: folder }, workspace);
  return openPlanning(workspace, context, profile, prices, workspace.policy);
}

/** The solver, with what its calls took. */
function counted(milp) {
  const state = { solves: 0, wall: 0 };
  return {
    state,
    solve: (programme) => {
      const started = performance.now();
      const solution = milp(programme);
      state.wall += performance.now() - started;
      state.solves += 1;
      return solution;
    },
  };
}

/** Random sets with at most one candidate a lever and scope, composed and priced from the observed workload each time. */
async function evaluationsASecond(workload, candidates, books) {
  const random = createRandom("what-if");
  const sets = Array.from({ length: EVALUATIONS }, () => {
    const chosen = new Map();
    for (const candidate of random.shuffle(candidates)) {
      if (random.next() < 0.5) chosen.set(candidate.id, candidate);
    }
    return [...chosen.values()];
  });
  const { spent } = await timed(() => {
    for (const set of sets) costOf(applyJointly(workload, set, books), books);
  });
  return {
    perSecond: (1000 * EVALUATIONS) / spent.wall,
    perProcessorSecond: (1000 * EVALUATIONS) / spent.processor,
    meanChanges: sets.reduce((sum, { length }) => sum + length, 0) / sets.length,
  };
}
