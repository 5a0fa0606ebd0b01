import { UsageError } from "../../shared/errors.js";
import type { PicoUsd } from "../../shared/money.js";
import type { Certificate } from "../certificate.js";
import type { RoutingBody } from "../contract.js";
import { explain } from "../decisions/explain.js";
import { refLabel } from "../inputs/questions.js";
import { compareOthers } from "./compare.js";
import { describePolicy } from "./describe-policy.js";
import { type RoutingData, type RoutingSample, splitSamples } from "./feedback.js";
import { type Learned, learnPolicies } from "./learn.js";
import { type Outcomes, outcomesFrom } from "./outcomes.js";
import { BASELINE_ARM, type Choice, decide, POLICY_KINDS } from "./policy.js";
import { costsOf, type Decide, latenciesOf, meanScoreOf, provePolicy, trafficOf } from "./prove.js";

export interface RoutingOptions {
  /** Tolerated loss on the score scale; fixed before the results are looked at. */
  readonly margin: number;
  readonly alpha: number;
  readonly seed: number;
  readonly trainingShare: number;
  /** Smallest chance with which the log's router chose anything; only for logged choices. */
  readonly leastPropensity: number;
}

/** Fewer cannot hold folds to learn on and a test. */
const LEAST_SAMPLES = 40;
/** Below this many effective samples an estimate from logged choices rests on a handful of them. */
const LEAST_EFFECTIVE = 50;
/** The mean weight is 1 where the logged propensities are right. */
const WEIGHT_TOLERANCE = 0.2;

/**
 * Learns whom to send which request: on the training samples, in the seeded split; then judges that one policy on
 * the held-out samples, with the run's certificate. Pure: equal data and options give an equal result.
 *
 * @throws UsageError TOP-ROUTING-SAMPLES with too few samples, TOP-ROUTING-PRICE where a model has no price,
 *   TOP-ROUTING-PROPENSITY for a logged choice below the least propensity.
 */
export function learnRouting(data: RoutingData, options: RoutingOptions): RoutingBody {
  checkSamples(data, options);
  const { margin, alpha, seed, trainingShare } = options;
  const split = splitSamples(data.samples, trainingShare, seed);
  const { training, heldOut } = split;
  const isLogged = data.samples.some(({ logged }) => logged !== null);
  const leastPropensity = isLogged ? options.leastPropensity : null;
  const outcomes = outcomesFrom(training, data.arms.length, leastPropensity);
  const learned = learnPolicies(training, {
    ...{ margin, alpha, leastPropensity, heldOut: heldOut.length },
    candidates: cheaperArms(data, training, outcomes),
    kinds: POLICY_KINDS.filter((kind) => !isLogged || kind !== "cascade"),
  });
  const [baseline, ...candidates] = data.arms;
  return {
    simulated: isSimulated(data),
    baseline: { ...baseline! },
    candidates: candidates.map((ref) => ({ ...ref })),
    ...{ seed, alpha, trainingShare },
    feedback: isLogged ? "logged" : "full",
    samples: { training: training.length, heldOut: heldOut.length, thinned: split.thinned },
    considered: learned.considered,
    ...judge(learned, data, heldOut, outcomes, options),
  };
}

/** Everything about the chosen policy, on samples that had no part in choosing it. */
function judge(
  { chosen, best }: Learned,
  data: RoutingData,
  heldOut: readonly RoutingSample[],
  outcomes: Outcomes,
  options: RoutingOptions,
) {
  const stay: Choice = { arm: BASELINE_ARM, asked: [BASELINE_ARM] };
  const doing: Decide = chosen === null ? () => stay : (sample) => decide(chosen.policy, sample);
  const cost = chosen === null ? null : costsOf(heldOut, doing, outcomes);
  const values = {
    baseline: meanScoreOf(heldOut, () => stay, outcomes),
    policy: meanScoreOf(heldOut, doing, outcomes),
  };
  const hasValues = chosen !== null && values.baseline !== null && values.policy !== null;
  return {
    policy: chosen === null ? null : describePolicy(chosen.policy, data.arms),
    certificate:
      chosen === null ? null : certificateOf(provePolicy(heldOut, doing, outcomes, options), options),
    value: hasValues ? { baseline: values.baseline!, policy: values.policy! } : null,
    traffic: trafficOf(heldOut, doing, data.arms.length).map((shares, arm) => ({
      ...data.arms[arm]!,
      ...shares,
    })),
    cost:
      cost === null
        ? null
        : {
            ...{ baselineUsd: cost.baselineUsd, policyUsd: cost.policyUsd, savingShare: cost.savingShare },
            basis: basisOf(cost.estimated),
          },
    latencyMs: chosen === null ? null : latenciesOf(heldOut, doing),
    comparisons: compareOthers(
      best.filter((one) => one !== chosen),
      cost?.savingShare ?? null,
      { data, heldOut, outcomes },
    ),
    warnings: [
      ...(chosen === null || chosen.isProvable
        ? []
        : [
            "The training samples expected too few held-out samples for a certificate of any policy that saves.",
          ]),
      ...(chosen?.policy.kind === "cascade" && isSimulated(data) ? [SIMULATED_CASCADE] : []),
      ...weightWarnings(hasValues ? [values.baseline!, values.policy!] : [], data),
    ],
  };
}

const isSimulated = ({ arms }: RoutingData): boolean => arms.some(({ model }) => model.startsWith("sim-"));

const SIMULATED_CASCADE =
  "Simulated wrong answers are easy to tell from right ones: a cascade looks better here than with real models.";

const basisOf = (estimated: number): string =>
  estimated === 0
    ? "replayed: prices of the tokens that the models used on these samples"
    : `replayed; ${estimated} prices of calls that were not made are estimated by the mean of their cluster`;

function certificateOf(
  certificate: Certificate,
  { alpha, margin }: RoutingOptions,
): RoutingBody["certificate"] {
  const { verdict, n, missing, difference, lower, upper, certifiableMargin, samplesNeeded, eValue } =
    certificate;
  const explanation = explain(certificate, {
    ...{ alpha, margin, family: 1, population: "traffic", populationSize: null, earlyStopping: false },
  });
  return {
    ...{ verdict, population: "traffic", n, missing, difference, lower, upper, margin, certifiableMargin },
    ...{ samplesNeeded, eValue, disagreement: certificate.disagreement },
    explanation: explanation.replaceAll("the candidate", "the policy"),
  };
}

function checkSamples({ arms, samples }: RoutingData, { leastPropensity }: RoutingOptions): void {
  if (samples.length < LEAST_SAMPLES || arms.length < 2) {
    throw new UsageError({
      code: "TOP-ROUTING-SAMPLES",
      message: "There is too little to learn a routing from.",
      found: `${samples.length} samples of at least ${LEAST_SAMPLES}, ${arms.length} models of at least 2.`,
      fix: "Run more samples, without --early-stopping, and with a candidate: tokenop run --sample-size N",
    });
  }
  const below = samples.filter(({ logged }) => logged !== null && logged.propensity < leastPropensity);
  if (below.length > 0) {
    throw new UsageError({
      code: "TOP-ROUTING-PROPENSITY",
      message: `${below.length} logged choices were made with a smaller chance than the router's smallest.`,
      found: `Smallest: ${Math.min(...below.map(({ logged }) => logged!.propensity))}, stated: ${leastPropensity}.`,
      fix: "State it as the router was configured: --least-propensity SHARE",
    });
  }
}

/** Candidates whose calls cost less than the baseline's on average, cheapest first: others cannot save. */
function cheaperArms(
  { arms }: RoutingData,
  training: readonly RoutingSample[],
  outcomes: Outcomes,
): number[] {
  const total = (arm: number): PicoUsd => {
    const costs = training.map((sample) => outcomes.cost(sample, arm));
    if (costs.some((cost) => cost !== null))
      return costs.reduce<PicoUsd>((sum, cost) => sum + (cost ?? 0n), 0n);
    throw new UsageError({
      code: "TOP-ROUTING-PRICE",
      message: `${refLabel(arms[arm]!)} has no price, so what routing saves cannot be said.`,
      found: "Neither costs nor priced tokens stand with its answers.",
      fix: "Give its price in prices.yaml and run again, or record cost_usd with its answers",
    });
  };
  const totals = arms.map((_, arm) => ({ arm, cost: total(arm) }));
  const baseline = totals[BASELINE_ARM]!.cost;
  return totals
    .filter(({ arm, cost }) => arm !== BASELINE_ARM && cost < baseline)
    .sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0))
    .map(({ arm }) => arm);
}

function weightWarnings(
  values: readonly { readonly effectiveSamples: number; readonly meanWeight: number }[],
  { samples }: RoutingData,
): string[] {
  if (samples.every(({ logged }) => logged === null)) return [];
  const fewest = Math.min(...values.map(({ effectiveSamples }) => effectiveSamples));
  const isOff = values.some(({ meanWeight }) => Math.abs(meanWeight - 1) > WEIGHT_TOLERANCE);
  return [
    ...(fewest < LEAST_EFFECTIVE
      ? [
          `Estimates rest on ${Math.floor(fewest)} effective samples; fewer than ${LEAST_EFFECTIVE} are a handful.`,
        ]
      : []),
    ...(isOff ? ["Mean weights are far from 1: the logged propensities are probably wrong."] : []),
  ];
}
