// The planner's search on recorded responses: RouteLLM's MMLU answers of a weak and a strong model (Apache-2.0,
// lm-sys/RouteLLM), whole subjects sent to the weak one. Run after `npm run build`:
//   node bench/routing.mjs [--data FOLDER] [--splits 1000] [--solved 3] [--json]
// First with all scores known (hindsight), as a test of the search alone: it must send exactly the best shares that an
// independent knapsack found. Then honestly: chosen and confirmed on a random half, judged on the other; the figure
// that counts is the judged one. Thousands of choices are made there by an exact knapsack of a few lines, which the
// planner's programme must equal on the first --solved splits. Without data it says so and ends with 0; exits 1 where
// one of these does not hold.
import { parseArgs } from "node:util";
import { openHighs } from "../dist/plan/search/milp.js";
import { createSearch } from "../dist/plan/search/solve.js";
import { createRandom } from "../dist/shared/random.js";
import { CONFIDENCE, decideSplit, groupsOf } from "./routing/judge-split.mjs";
import { knapsack } from "./routing/knapsack.mjs";
import { DEFECTIVE, MMLU, readResponses } from "./routing/responses.mjs";
import { createRouting, routeDirectly } from "./routing/route-groups.mjs";

/** Total loss in points of accuracy, and the most calls (and subjects, where known) of an independent exact knapsack. */
const BEST = [
  { budget: 0, calls: 2041, subjects: 11 },
  { budget: 0.01, calls: 3317, subjects: 14 },
  { budget: 0.02, calls: 4390 },
  { budget: 0.05, calls: 6733 },
];
const CALLS = 9408;
const BUDGETS = [0.01, 0.02, 0.05];

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: MMLU },
    splits: { type: "string", default: "1000" },
    solved: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const splits = Number(flags.splits);

/** All scores known: does the search find the best there is? */
function hindsight(lines, planner) {
  const groups = groupsOf(lines);
  const [routing, referee] = [createRouting(groups, planner), knapsack(groups)];
  return BEST.map((best) => {
    const started = performance.now();
    const { groups: chosen, calls, loss, optimal } = routing.within(best.budget);
    const holds =
      calls === best.calls &&
      calls === referee(best.budget * lines.length).calls &&
      optimal &&
      (best.subjects === undefined || chosen.length === best.subjects) &&
      loss <= best.budget + 1e-12;
    return {
      ...{ best, calls, loss, optimal, holds },
      subjects: chosen.length,
      ms: performance.now() - started,
    };
  });
}

/** The knapsack's choice; on the first splits the planner's programme must reach as many calls. */
function proposer(split, milp, unequal) {
  return (groups) => {
    const within = knapsack(groups);
    return (loss) => {
      const chosen = within(loss);
      if (split < Number(flags.solved)) {
        const calls = routeDirectly(groups, loss, milp).reduce((sum, group) => sum + group.calls, 0);
        if (calls !== chosen.calls) unequal.push({ split, loss, calls, best: chosen.calls });
      }
      return chosen.groups;
    };
  };
}

function honest(lines, milp) {
  const random = createRandom("routing splits");
  const unequal = [];
  const decided = Array.from({ length: splits }, (_, split) =>
    decideSplit(random.shuffle(lines), BUDGETS, proposer(split, milp, unequal)),
  );
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const share = (own, test) => mean(own.map((one) => (test(one) ? 1 : 0)));
  return {
    unequal,
    defectFlagged: share(decided, ({ flagged }) => flagged.includes(DEFECTIVE)),
    othersFlagged: share(decided, ({ flagged }) => flagged.some((name) => name !== DEFECTIVE)),
    rows: BUDGETS.map((budget, index) => {
      const own = decided.map(({ decisions }) => decisions[index]);
      const losses = own.map(({ realised }) => realised).sort((a, b) => a - b);
      return {
        budget,
        proposed: share(own, ({ proposed }) => proposed),
        confirmed: share(own, ({ confirmed }) => confirmed),
        // A proposal's saving where it was made, confirmed or not: what a tool without a judging half would claim.
        claimed: mean(own.map(({ claimedShare }) => claimedShare)),
        saved: mean(own.map(({ savedShare }) => savedShare)),
        meanLoss: mean(losses),
        loss95: losses[Math.min(losses.length - 1, Math.floor(0.95 * losses.length))],
        broken: losses.filter((loss) => loss > budget).length,
      };
    }),
  };
}

const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;
const points = (value) => `${(100 * value).toFixed(2)} pp`;

function print(known, judged) {
  console.log("Scores known (hindsight): a test of the search, not a saving that anyone could have had.");
  console.table(
    known.map(({ best, calls, subjects, loss, optimal, holds, ms }) => ({
      "loss budget": points(best.budget),
      "calls routed": calls,
      "best known": best.calls,
      share: percent(calls / CALLS, 2),
      subjects,
      loss: points(loss),
      "proven optimal": optimal,
      holds,
      ms: Math.round(ms),
    })),
  );
  console.log(
    `Chosen on a quarter, confirmed on a quarter, judged on the other half; ${splits} splits, confidence ${percent(CONFIDENCE, 0)}. ` +
      `The defective subject was flagged and left out in ${percent(judged.defectFlagged)} of the splits, any other in ${percent(judged.othersFlagged)}.`,
  );
  console.log(
    `On the first ${flags.solved} splits the planner's programme chose as many calls as the knapsack in all but ${judged.unequal.length} cases.`,
  );
  console.table(
    judged.rows.map((row) => ({
      "loss budget": points(row.budget),
      proposed: percent(row.proposed),
      confirmed: percent(row.confirmed),
      "share when chosen": percent(row.claimed),
      "share routed, out of sample": percent(row.saved),
      "mean loss": points(row.meanLoss),
      "95th percentile": points(row.loss95),
      [`splits above the budget (of ${splits})`]: row.broken,
      holds: row.broken <= (1 - CONFIDENCE) * splits,
    })),
  );
}

const started = performance.now();
const responses = readResponses(flags.data);
if (responses !== null) {
  const lines = responses.map(({ group, strong, weak }) => ({ group, difference: strong - weak }));
  const planner = { createSearch, milp: await openHighs() };
  const known = hindsight(lines, planner);
  const judged = honest(lines, planner.milp);
  if (flags.json) console.log(JSON.stringify({ splits, confidence: CONFIDENCE, known, judged }, null, 2));
  else print(known, judged);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (!flags.json) console.log(`${lines.length} calls; ${seconds} s`);
  const holds =
    lines.length === CALLS &&
    known.every((row) => row.holds) &&
    judged.unequal.length === 0 &&
    judged.defectFlagged === 1 &&
    judged.rows.every(({ broken }) => broken <= (1 - CONFIDENCE) * splits);
  process.exitCode = holds ? 0 : 1;
} else console.error(`skipped: routing, because no recorded responses are at hand (${flags.data})`);
