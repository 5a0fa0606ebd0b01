import { samplesNeeded } from "../../stats/index.js";
import { type ClusterTable, clusterTable } from "./cluster-table.js";
import { answerRow, CONSTANT, type FeatureSpace, featureSpace, promptRow } from "./features.js";
import { meanOf, type RoutingSample } from "./feedback.js";
import { fitLogistic, type SparseRow } from "./logistic.js";
import { costOfChoice, type Outcomes, outcomesFrom } from "./outcomes.js";
import {
  BASELINE_ARM,
  type Choice,
  chooseArm,
  type LossModel,
  POLICY_KINDS,
  type Policy,
  type PolicyKind,
  predictedLoss,
} from "./policy.js";

export interface LearnOptions {
  /** Candidates to route to, cheapest first; arm 0 is the baseline. */
  readonly candidates: readonly number[];
  readonly margin: number;
  readonly alpha: number;
  /** Held-out samples that the choice will be judged on. */
  readonly heldOut: number;
  readonly leastPropensity: number | null;
  /** Default: all; a cascade takes every model's answer, so never with logged choices. */
  readonly kinds?: readonly PolicyKind[];
}

/** What training expects of a policy; a choice among many, so it flatters. */
export interface Expected {
  readonly difference: number;
  readonly standardError: number;
  readonly secondMoment: number;
  readonly savingShare: number;
}

export interface LearnedPolicy {
  readonly policy: Policy;
  readonly expected: Expected;
  /** False where the held-out samples are expected to be too few for a certificate. */
  readonly isProvable: boolean;
}

export interface Learned {
  /** The best of each kind that is worth judging, in the order of `POLICY_KINDS`. */
  readonly best: readonly LearnedPolicy[];
  /** null: nothing saves within the margin, so the baseline stays. */
  readonly chosen: LearnedPolicy | null;
  /** Policies compared on training. */
  readonly considered: number;
}

const FOLDS = 4;
// A normal prior of deviation 0.5 on every weight: one feature alone hardly moves a prediction far.
const PENALTY = 4;
/** A policy that is harder to read has to save this share more. */
const WORTH_COMPLEXITY = 0.01;
const QUANTILES = 20;
/** Looked at where nothing is provable on the samples at hand: the certificate then says how many more it takes. */
const FAR_SAMPLES = 4;
/** Digits of weights and thresholds; they are judged as they are written down. */
const DIGITS = 6;

/** Chooses policy, routes and threshold on the training samples, and on nothing else. */
export function learnPolicies(training: readonly RoutingSample[], options: LearnOptions): Learned {
  const kinds = options.kinds ?? POLICY_KINDS;
  const space = featureSpace(training.map(({ cluster }) => cluster));
  const rows = prepare(training, space);
  const arms = 1 + Math.max(BASELINE_ARM, ...options.candidates);
  const outcomes = outcomesFrom(training, arms, options.leastPropensity);
  const differences = foldDifferences(training, arms, options);
  const tried = triedIn(rows, differences);
  const found: Found[] = [];
  let considered = 0;
  for (const kind of kinds) {
    const predictions = predictOutOfFold(kind, rows, differences, options.candidates, space);
    const judged = chainsOf(kind, options.candidates).flatMap((chain) =>
      thresholdsOf(chain, predictions).map((threshold) => ({
        kind,
        chain,
        threshold,
        expected: expect(rows, chain, threshold, { kind, predictions, differences, outcomes, tried }),
      })),
    );
    considered += judged.length;
    const best = bestOf(judged, options, outcomes.bound);
    if (best !== null) found.push(best);
  }
  const best = found.map(
    (one): LearnedPolicy => ({
      policy: refit(one, rows, differences, space, tried),
      expected: one.expected,
      isProvable: one.isProvable,
    }),
  );
  return { best, chosen: simplest(best), considered };
}

interface Prepared {
  readonly sample: RoutingSample;
  readonly prompt: SparseRow;
  /** By arm; null where it has no answer. */
  readonly answers: readonly (SparseRow | null)[];
}

interface Judged {
  readonly kind: PolicyKind;
  readonly chain: readonly number[];
  readonly threshold: number;
  readonly expected: Expected;
}

type Found = Judged & { readonly isProvable: boolean };
/** By arm, then by sample. */
type ByArm = readonly (readonly (number | null)[])[];

/** By arm: clusters in which a training sample says something of it. A run may ask a candidate in some clusters only. */
type Tried = readonly ReadonlySet<string>[];

function triedIn(rows: readonly Prepared[], differences: ByArm): Tried {
  return differences.map(
    (own) => new Set(rows.filter((_, index) => own[index] !== null).map(({ sample }) => sample.cluster)),
  );
}

const foldOf = (index: number): number => index % FOLDS;
const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

/** Never below the value itself: many samples of one cluster share a prediction, and all of them are meant. */
function roundedUp(value: number): number {
  const near = rounded(value);
  return near >= value ? near : rounded(near + 10 ** (Math.floor(Math.log10(Math.abs(value))) - DIGITS + 1));
}

function prepare(samples: readonly RoutingSample[], space: FeatureSpace): Prepared[] {
  return samples.map((sample) => {
    const prompt = promptRow(sample, space);
    const answers = sample.answers.map((answer) =>
      answer === null ? null : answerRow(prompt, sample, answer),
    );
    return { sample, prompt, answers };
  });
}

/** What is predicted for a sample is never fitted on it: with logged choices a difference is an estimate itself. */
function foldDifferences(training: readonly RoutingSample[], arms: number, options: LearnOptions): ByArm {
  const folds = Array.from({ length: FOLDS }, (_, fold) =>
    outcomesFrom(
      training.filter((_, index) => foldOf(index) !== fold),
      arms,
      options.leastPropensity,
    ),
  );
  return Array.from({ length: arms }, (_, arm) =>
    training.map((sample, index) => folds[foldOf(index)]!.difference(sample, arm)),
  );
}

type Predict = (row: Prepared, arm: number) => number;

function fitKind(
  kind: PolicyKind,
  rows: readonly Prepared[],
  differences: readonly (number | null)[],
  arm: number,
  space: FeatureSpace,
): { readonly table: ClusterTable | null; readonly weights: Float64Array | null } {
  const usable = rows.flatMap((row, index) => {
    const difference = differences[index] ?? null;
    const features = kind === "cascade" ? (row.answers[arm] ?? null) : row.prompt;
    return difference === null || features === null ? [] : [{ row, difference, features }];
  });
  if (kind === "clusters") {
    const values = usable.map(({ row, difference }) => ({ cluster: row.sample.cluster, value: -difference }));
    return { table: clusterTable(values), weights: null };
  }
  const weights = fitLogistic(
    usable.map(({ features }) => features),
    usable.map(({ difference }) => (1 + difference) / 2),
    { dimensions: space.dimensions, penalty: PENALTY, constant: CONSTANT },
  );
  return { table: null, weights: weights.map(rounded) };
}

function predictor(kind: PolicyKind, fitted: ReturnType<typeof fitKind>): Predict {
  const { table, weights } = fitted;
  if (table !== null) return ({ sample }) => table.of(sample.cluster);
  return (row, arm) => {
    const features = kind === "cascade" ? (row.answers[arm] ?? null) : row.prompt;
    return features === null ? Number.POSITIVE_INFINITY : predictedLoss(features, { weights: weights! });
  };
}

/** Predicted losses of every training sample by models that were fitted without it. */
function predictOutOfFold(
  kind: PolicyKind,
  rows: readonly Prepared[],
  differences: ByArm,
  candidates: readonly number[],
  space: FeatureSpace,
): ReadonlyMap<number, readonly number[]> {
  return new Map(
    candidates.map((arm) => {
      const folds = Array.from({ length: FOLDS }, (_, fold) => {
        const others = rows.map((_, index) => (foldOf(index) === fold ? null : differences[arm]![index]!));
        return predictor(kind, fitKind(kind, rows, others, arm, space));
      });
      return [arm, rows.map((row, index) => folds[foldOf(index)]!(row, arm))];
    }),
  );
}

/** Without a cascade an arm that is never asked costs nothing; in one, each arm asked is paid for. */
function chainsOf(kind: PolicyKind, candidates: readonly number[]): number[][] {
  if (kind !== "cascade") return candidates.length === 0 ? [] : [[...candidates]];
  const pairs = candidates.flatMap((first, index) =>
    candidates.slice(index + 1).map((second) => [first, second]),
  );
  return [...candidates.map((arm) => [arm]), ...pairs];
}

function thresholdsOf(
  chain: readonly number[],
  predictions: ReadonlyMap<number, readonly number[]>,
): number[] {
  const seen = chain.flatMap((arm) => predictions.get(arm)!).filter(Number.isFinite);
  if (seen.length === 0) return [];
  const sorted = seen.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * (sorted.length - 1))]!;
  const marks = Array.from({ length: QUANTILES }, (_, index) => roundedUp(at((index + 1) / QUANTILES)));
  return [...new Set(marks)];
}

function expect(
  rows: readonly Prepared[],
  chain: readonly number[],
  threshold: number,
  known: {
    readonly kind: PolicyKind;
    readonly predictions: ReadonlyMap<number, readonly number[]>;
    readonly differences: ByArm;
    readonly outcomes: Outcomes;
    readonly tried: Tried;
  },
): Expected {
  const { kind, predictions, differences, outcomes, tried } = known;
  const seen: number[] = [];
  let [cost, baselineCost] = [0, 0];
  for (const [index, { sample }] of rows.entries()) {
    const lossOf = (arm: number): number => predictions.get(arm)![index]!;
    const usable = chain.filter((arm) => tried[arm]!.has(sample.cluster));
    const choice: Choice = chooseArm(usable, lossOf, threshold, kind === "cascade");
    const difference = differences[choice.arm]![index] ?? null;
    if (difference === null) continue;
    const paid = costOfChoice(outcomes, sample, choice);
    const before = outcomes.cost(sample, BASELINE_ARM);
    if (paid === null || before === null) continue;
    seen.push(difference);
    cost += Number(paid);
    baselineCost += Number(before);
  }
  const difference = meanOf(seen) ?? 0;
  const secondMoment = meanOf(seen.map((value) => value * value)) ?? 0;
  const variance = Math.max(0, secondMoment - difference ** 2);
  return {
    difference,
    secondMoment,
    standardError: Math.sqrt(variance / Math.max(1, seen.length)),
    savingShare: baselineCost > 0 ? 1 - cost / baselineCost : 0,
  };
}

/**
 * The largest saving that the held-out samples are expected to prove. Estimates are taken one standard error lower,
 * since the best of many looks better than it is. Where none can be proven: the largest within four times the samples.
 */
function bestOf(judged: readonly Judged[], options: LearnOptions, bound: number): Found | null {
  const { margin, alpha, heldOut } = options;
  const within = (pairs: number): Judged[] =>
    judged.filter(({ expected }) => {
      const { difference, standardError, secondMoment, savingShare } = expected;
      const cautious = { difference: difference - standardError, secondMoment };
      const needed = samplesNeeded(cautious, { margin, alpha, bound });
      return savingShare > 0 && needed !== null && needed <= pairs;
    });
  const largest = (among: readonly Judged[]): Judged | null =>
    among.reduce<Judged | null>(
      (best, one) => (best === null || one.expected.savingShare > best.expected.savingShare ? one : best),
      null,
    );
  const provable = largest(within(heldOut));
  if (provable !== null) return { ...provable, isProvable: true };
  const far = largest(within(FAR_SAMPLES * heldOut)) ?? largest(within(Number.POSITIVE_INFINITY));
  return far === null ? null : { ...far, isProvable: false };
}

/** Provable before unprovable; then the larger saving, unless a simpler kind saves nearly as much. */
function simplest(best: readonly LearnedPolicy[]): LearnedPolicy | null {
  const provable = best.filter(({ isProvable }) => isProvable);
  return (provable.length > 0 ? provable : best).reduce<LearnedPolicy | null>(
    (kept, one) =>
      kept === null || one.expected.savingShare > kept.expected.savingShare + WORTH_COMPLEXITY ? one : kept,
    null,
  );
}

/** The chosen policy with all of the training samples behind it. */
function refit(
  { kind, chain, threshold }: Found,
  rows: readonly Prepared[],
  differences: ByArm,
  space: FeatureSpace,
  tried: Tried,
): Policy {
  const fitted = chain.map((arm) => ({ arm, ...fitKind(kind, rows, differences[arm]!, arm, space) }));
  if (kind === "clusters") {
    const routes = space.clusters.map((cluster): [string, number] => {
      const lossOf = (arm: number): number => fitted.find((one) => one.arm === arm)!.table!.of(cluster);
      const usable = chain.filter((arm) => tried[arm]!.has(cluster));
      return [cluster, chooseArm(usable, lossOf, threshold, false).arm];
    });
    return { kind, threshold, routes: new Map(routes) };
  }
  const models = fitted.map(
    ({ arm, weights }): LossModel => ({ arm, weights: weights!, clusters: tried[arm]! }),
  );
  return { kind, threshold, models, space };
}
