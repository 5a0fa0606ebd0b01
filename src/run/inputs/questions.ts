import type { planSchema } from "../../plan/contract.js";
import type { PriceBook } from "../../pricing/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { UsageError } from "../../shared/errors.js";
import { createRandom } from "../../shared/random.js";
import type { ModelRef, Population } from "../contract.js";
import type { RunSample } from "./samples.js";

/** One test: does `candidate` lose more than `margin` against `baseline` on `scope`? */
export interface Question {
  readonly id: string;
  /** null: the model that each sample was answered by in production. */
  readonly baseline: ModelRef | null;
  readonly candidate: ModelRef;
  /** `fleet`, a cluster id, or the model that answers the samples meant (`isServed`). */
  readonly scope: string;
  readonly margin: number;
  /** About every sample that the baseline model answers now, whatever its cluster. */
  readonly isServed?: boolean;
  /** What differs beside the model, such as its quantisation: nothing to ask by name, so only recordings answer. */
  readonly variant?: string;
}

export const FLEET = "fleet";
export const RECORDED_BASELINE = "recorded";

export interface FlagQuestions {
  readonly baseline: ModelRef | null;
  readonly candidates: readonly ModelRef[];
  readonly scope: "fleet" | "intent";
  readonly margin: number;
  readonly samples: readonly RunSample[];
}

/**
 * Questions of a run that was given models rather than a plan: one a candidate over all samples, or one an intent
 * and candidate. Their number is the family that shares alpha.
 *
 * @throws UsageError TOP-RUN-CANDIDATES without a candidate, or with the baseline as its own candidate.
 */
export function questionsFromFlags({
  baseline,
  candidates: named,
  scope,
  margin,
  samples,
}: FlagQuestions): Question[] {
  // A candidate named twice would be tested twice, and alpha shared with itself.
  const candidates = [...new Map(named.map((ref) => [refLabel(ref), ref])).values()];
  const isBaseline = (ref: ModelRef): boolean => baseline !== null && refLabel(ref) === refLabel(baseline);
  if (candidates.length === 0 || candidates.some(isBaseline)) {
    throw new UsageError({
      code: "TOP-RUN-CANDIDATES",
      message:
        candidates.length === 0
          ? "There is no candidate to test."
          : "The baseline stands among the candidates.",
      found: `Baseline: ${baseline === null ? "the model recorded on each prompt" : refLabel(baseline)}.`,
      fix: "Name other models: --candidates MODEL[,MODEL]",
    });
  }
  const scopes = scope === "fleet" ? [FLEET] : [...new Set(samples.map(({ cluster }) => cluster))].sort();
  return scopes.flatMap((part) =>
    candidates.map((candidate) => ({
      id: `${part}/${refLabel(candidate)}`,
      baseline,
      candidate,
      scope: part,
      margin,
    })),
  );
}

export type PlanBody = ArtifactBody<typeof planSchema>;

/** What a plan says must be proven; of its entries the part that a run acts on. */
export interface ToProve {
  readonly question: string;
  readonly baseline: ModelRef;
  readonly candidate: ModelRef;
  /** null: every sample that the baseline model answers. */
  readonly cluster: string | null;
  readonly margin: number;
  readonly variant?: string | null;
}

/** Questions that a plan says must be proven, with the plan's own margins. */
export function questionsFromPlan(plan: { readonly prove: readonly ToProve[] }): Question[] {
  return plan.prove.map(({ question, baseline, candidate, cluster, margin, variant = null }) => ({
    id: question,
    baseline,
    candidate: variantOf(candidate, variant ?? undefined),
    scope: cluster ?? refLabel(baseline),
    margin,
    ...(cluster === null && { isServed: true }),
    ...(variant !== null && { variant }),
  }));
}

/** A model with what differs beside it, named apart from the model as it is: `model#variant`. */
export function variantOf({ provider, model }: ModelRef, variant: string | undefined): ModelRef {
  return { provider, model: variant === undefined ? model : `${model}#${variant}` };
}

export interface DrawOptions {
  readonly population: Population;
  /** Pairs at most; null: all samples. */
  readonly sampleSize: number | null;
  readonly seed: number;
  /** Replay: a sample that neither side was recorded on is no part of the question; one that one side was, is. */
  readonly isRecorded?: (sampleId: string, ref: ModelRef) => boolean;
}

export interface Draw {
  /** In the run's fixed order. */
  readonly samples: readonly RunSample[];
  /** Samples that the claim speaks of where its population is `samples`. */
  readonly populationSize: number;
  /** True where samples with a larger chance were thinned. */
  readonly thinned: boolean;
}

/**
 * The samples of one question, at most `sampleSize`, in the fixed order.
 *
 * Samples of one cluster were drawn with one chance, so their plain mean speaks for the cluster. Over the fleet the
 * chances may differ; for a claim about traffic each sample is then kept with probability (smallest chance) / (its
 * chance), decided by seed and id alone. What remains was drawn with equal chances, so again the plain mean is right,
 * and the certificate needs no weights. A claim about these samples counts each of them once.
 */
export function drawFor(question: Question, samples: readonly RunSample[], options: DrawOptions): Draw {
  const { isRecorded } = options;
  const hasAnswer = (sample: RunSample): boolean =>
    isRecorded === undefined ||
    [baselineFor(question, sample), question.candidate].some(
      (ref) => ref !== null && isRecorded(sample.id, ref),
    );
  const inScope = samples.filter((sample) => isInScope(sample, question) && hasAnswer(sample));
  const chances = new Set(inScope.map(({ inclusionProbability }) => inclusionProbability ?? 1));
  const thinned = options.population === "traffic" && chances.size > 1;
  const smallest = Math.min(...chances);
  const kept = thinned
    ? inScope.filter(({ id, inclusionProbability }) => {
        const draw = createRandom(`${options.seed}\0thin\0${id}`).next();
        return draw < smallest / (inclusionProbability ?? 1);
      })
    : inScope;
  return { samples: kept.slice(0, options.sampleSize ?? kept.length), populationSize: kept.length, thinned };
}

function isInScope(
  { cluster, provider, model }: RunSample,
  { scope, isServed, baseline }: Question,
): boolean {
  if (isServed !== true) return scope === FLEET || cluster === scope;
  // A recording does not say what answers now; that the baseline was recorded on it is asked beside this.
  if (model === null) return true;
  return model === baseline?.model && (provider ?? baseline.provider) === baseline.provider;
}

/** The model that answers a sample for a side of a question; null where the sample names none. */
export function baselineFor(question: Question, sample: RunSample): ModelRef | null {
  if (question.baseline !== null) return question.baseline;
  return sample.model === null ? null : { provider: sample.provider ?? "", model: sample.model };
}

/** Every model that a run of these questions would call, each once: for keys, hosts and consent. */
export function modelsOf(questions: readonly Question[], samples: readonly RunSample[]): ModelRef[] {
  const models = new Map<string, ModelRef>();
  for (const question of questions.filter(({ variant }) => variant === undefined)) {
    const baselines =
      question.baseline === null
        ? samples.map((sample) => baselineFor(question, sample))
        : [question.baseline];
    for (const ref of [...baselines, question.candidate]) if (ref !== null) models.set(refLabel(ref), ref);
  }
  return [...models.values()];
}

/** `provider/model`, or the model alone where no provider is known. */
export function refLabel(ref: ModelRef): string {
  return ref.provider === "" ? ref.model : `${ref.provider}/${ref.model}`;
}

/**
 * Reads a model named on the command line for replay and simulation: `known` are the models of the file at hand, and
 * names may hold slashes. The provider stays "" unless it was typed, so that reports show the name as it was given.
 *
 * @throws UsageError TOP-RUN-MODEL for a name that the file does not have, or has for several providers.
 */
export function parseModelRef(text: string, known: readonly ModelRef[]): ModelRef {
  const named = known.find((ref) => refLabel(ref) === text);
  if (named !== undefined) return named;
  const matching = known.filter(({ model }) => model === text);
  if (matching.length === 1) return { provider: "", model: text };
  throw new UsageError({
    code: "TOP-RUN-MODEL",
    message:
      matching.length === 0
        ? `There is no model "${text}" in the file.`
        : `"${text}" stands for several models.`,
    found: `Models there: ${(matching.length === 0 ? known : matching).map(refLabel).join(", ") || "none"}.`,
    fix: "Name one of them: --baseline MODEL --candidates MODEL[,MODEL]",
  });
}

/**
 * Reads a model named on the command line for live calls: `provider/model` where `providers` has the provider, else
 * the provider that `seen` (the prompts' own models) or the price book gives to the name.
 *
 * @throws UsageError TOP-RUN-MODEL where no provider can be told.
 */
export function parseLiveModel(
  text: string,
  options: {
    readonly providers: readonly string[];
    readonly seen: readonly ModelRef[];
    readonly book: PriceBook;
    readonly at: Date;
  },
): ModelRef {
  const { providers, seen, book, at } = options;
  const slash = text.indexOf("/");
  const prefix = text.slice(0, Math.max(0, slash));
  if (providers.includes(prefix)) return { provider: prefix, model: text.slice(slash + 1) };
  const used = seen.find((ref) => ref.model === text && providers.includes(ref.provider));
  if (used !== undefined) return used;
  const seller = book.find({ provider: null, model: text, at })?.row.provider;
  if (seller !== undefined && providers.includes(seller)) return { provider: seller, model: text };
  throw new UsageError({
    code: "TOP-RUN-MODEL",
    message: `The provider of "${text}" cannot be told.`,
    found: `Providers that can be called: ${providers.join(", ")}.`,
    fix: `Name it with its provider: ${providers[0] ?? "provider"}/${text}`,
  });
}
