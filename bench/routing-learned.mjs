// Learned routing on recorded responses: RouteLLM's MMLU answers of a weak and a strong model (Apache-2.0,
// lm-sys/RouteLLM). Each split chooses a policy on one half and certifies it on the other, as `tokenop learn-routing`
// does, with a second split around it: judged on a third part that neither has seen. Run after `npm run build`:
//   node bench/routing-learned.mjs [--data FOLDER] [--splits 100] [--kinds clusters,prompts] [--json]
// Recorded are scores and prompts, no answers: a cascade has nothing to see here and is left out. The weak model is
// priced at a tenth of the strong one (assumed), so a saving of 0.9 is all weak calls. Without data it says so and ends
// with 0. Exits 1 where certified policies lose more than the margin on the judging part more often than alpha allows
// beyond chance.
import { parseArgs } from "node:util";
import { learnPolicies } from "../dist/run/routing/learn.js";
import { outcomesFrom } from "../dist/run/routing/outcomes.js";
import { decide } from "../dist/run/routing/policy.js";
import { provePolicy } from "../dist/run/routing/prove.js";
import { createRandom } from "../dist/shared/random.js";
import { DEFECTIVE, MMLU, readResponses } from "./routing/responses.mjs";

const ALPHA = 0.05;
const MARGINS = [0.01, 0.02, 0.05];
const [STRONG_COST, WEAK_COST] = [10n, 1n];
const WEAK_ARM = 1;

const { values: flags } = parseArgs({
  options: {
    data: { type: "string", default: MMLU },
    splits: { type: "string", default: "100" },
    kinds: { type: "string", default: "clusters,prompts" },
    json: { type: "boolean", default: false },
  },
});
const splits = Number(flags.splits);
const kinds = flags.kinds.split(",");

const sampleOf = ({ id, group, prompt, strong, weak }) => ({
  id,
  cluster: group,
  inputTokens: null,
  text: prompt,
  answers: [answer(strong, STRONG_COST), answer(weak, WEAK_COST)],
  logged: null,
  inclusionProbability: null,
});

const answer = (score, cost) => ({
  score,
  cost,
  latencyMs: null,
  outputTokens: null,
  text: null,
  truncated: false,
});

/** 40 % choose, 40 % certify, 20 % judge both. */
function decideSplit(samples, margin) {
  const [a, b] = [0.4, 0.8].map((share) => Math.round(share * samples.length));
  const [training, heldOut, judging] = [samples.slice(0, a), samples.slice(a, b), samples.slice(b)];
  const options = {
    candidates: [WEAK_ARM],
    margin,
    alpha: ALPHA,
    leastPropensity: null,
    heldOut: heldOut.length,
  };
  const { chosen } = learnPolicies(training, { ...options, kinds });
  if (chosen === null) return { chosen: false, certified: false, share: 0, expected: 0, loss: 0, coin: 0 };
  const doing = (sample) => decide(chosen.policy, sample);
  const outcomes = outcomesFrom(training, 2, null);
  const { verdict } = provePolicy(heldOut, doing, outcomes, { margin, alpha: ALPHA });
  const judged = [...heldOut, ...judging];
  const share = (some) => some.filter((sample) => doing(sample).arm === WEAK_ARM).length / some.length;
  const loss = (some, arm) =>
    -some.reduce((sum, sample) => sum + outcomes.difference(sample, arm(sample)), 0) / some.length;
  return {
    chosen: true,
    kind: chosen.policy.kind,
    certified: verdict === "certified",
    share: share(judged),
    expected: -chosen.expected.difference,
    loss: loss(judging, (sample) => doing(sample).arm),
    coin: share(judging) * loss(judging, () => WEAK_ARM),
  };
}

const mean = (values) =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

function study(samples, margin) {
  const random = createRandom(`learned routing ${margin}`);
  const own = Array.from({ length: splits }, () => decideSplit(random.shuffle(samples), margin));
  const certified = own.filter((one) => one.certified);
  const losses = certified.map(({ loss }) => loss).sort((x, y) => x - y);
  return {
    margin,
    chosen: mean(own.map(({ chosen }) => Number(chosen))),
    tables: mean(own.map(({ kind }) => Number(kind === "clusters"))),
    certified: certified.length,
    share: mean(own.map((one) => (one.certified ? one.share : 0))),
    shareCertified: mean(certified.map(({ share }) => share)),
    expected: mean(certified.map(({ expected }) => expected)),
    loss: mean(losses),
    loss95:
      losses.length === 0 ? null : losses[Math.min(losses.length - 1, Math.floor(0.95 * losses.length))],
    coin: mean(certified.map(({ coin }) => coin)),
    // A part of 1,800 prompts scatters: above the margin by more than two standard errors is not chance.
    broken: certified.filter(({ loss }) => loss > margin + 2 * Math.sqrt(0.2 / (0.2 * samples.length)))
      .length,
  };
}

const percent = (value) => (value === null ? "-" : `${(100 * value).toFixed(1)} %`);
const points = (value) => (value === null ? "-" : `${(100 * value).toFixed(2)} pp`);

const responses = readResponses(flags.data);
if (responses !== null) {
  const samples = responses.filter(({ group }) => group !== DEFECTIVE).map(sampleOf);
  const started = performance.now();
  const rows = MARGINS.map((margin) => study(samples, margin));
  const holds = rows.every(
    ({ broken }) => broken <= ALPHA * splits + 3 * Math.sqrt(ALPHA * (1 - ALPHA) * splits),
  );
  if (flags.json) console.log(JSON.stringify({ splits, alpha: ALPHA, kinds, rows }, null, 2));
  else {
    console.log(
      `${samples.length} prompts, ${splits} splits: 40 % choose, 40 % certify at alpha ${ALPHA}, 20 % judge. Kinds: ${kinds.join(", ")}. The defective subject is left out.`,
    );
    console.table(
      rows.map((row) => ({
        margin: points(row.margin),
        "policy chosen": percent(row.chosen),
        "a table": percent(row.tables),
        certified: `${row.certified} of ${splits}`,
        "weak calls, over all splits": percent(row.share),
        "weak calls, where certified": percent(row.shareCertified),
        "loss expected on training": points(row.expected),
        "loss realised": points(row.loss),
        "95th percentile": points(row.loss95),
        "a coin would lose": points(row.coin),
        "beyond the margin": row.broken,
      })),
    );
    console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  process.exitCode = holds ? 0 : 1;
} else console.error(`skipped: learned routing, because no recorded responses are at hand (${flags.data})`);
