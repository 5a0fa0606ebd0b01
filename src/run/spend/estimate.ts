import type { PicoUsd } from "../../shared/money.js";
import { allTiePairs, expectedPower } from "../../stats/index.js";
import type { ModelCall, Population } from "../contract.js";
import type { Pricer } from "../executors/pricer.js";
import { baselineFor, type DrawOptions, drawFor, type Question, refLabel } from "../inputs/questions.js";
import { callOf, type RunSample } from "../inputs/samples.js";
import { judgedBy } from "../judge/tasks.js";
import { type GradingModels, gradingCalls } from "./estimate-grading.js";
import { estimatedTokens } from "./text-tokens.js";

/** What a run would take, before any of it. Basis: estimated; `most` is a bound, `expected` is not. */
export interface RunEstimate {
  /** Answers of the models that are compared. */
  readonly calls: number;
  /** Calls to a judge and for embeddings, where all answers differ. */
  readonly gradingCalls: number;
  /** Prompts at four characters a token, answers at half of their limit. */
  readonly expected: { readonly tokens: number; readonly cost: PicoUsd | null };
  /** Every call at its longest; what the budget reserves. */
  readonly most: { readonly tokens: number; readonly cost: PicoUsd | null };
  readonly models: readonly {
    readonly model: string;
    readonly calls: number;
    readonly most: PicoUsd | null;
  }[];
  readonly questions: readonly PairsEstimate[];
}

export interface PairsEstimate {
  readonly question: string;
  readonly margin: number;
  readonly pairsOnFile: number;
  /**
   * Pairs that certify a candidate which ties every time; more where answers disagree. A census of these samples
   * needs all of them at most. null: a margin of 0 is never certified for traffic.
   */
  readonly pairsIfAllTie: number | null;
  readonly isEnough: boolean;
  /**
   * Chance that the pairs on file certify an equivalent candidate, by the share of pairs on which it disagrees: assumed,
   * with right-or-wrong scores. At least that: a run looks after every pair.
   */
  readonly powerIfEquivalent: readonly { readonly disagreement: number; readonly chance: number }[];
}

/** Shares of pairs on which an equivalent candidate may disagree: few, and many. */
const DISAGREEMENTS = [0.05, 0.2];

export interface EstimateOptions extends DrawOptions, GradingModels {
  readonly alpha: number;
  readonly family: number;
  readonly maxOutputTokens: number;
  /** The models' answers are recorded or simulated, and cost nothing; what grades them may. */
  readonly areAnswersFree?: boolean;
}

// How many characters of an answer a token makes: about four in prose; runs of blanks and words of one token more.
const EXPECTED_CHARACTERS_PER_TOKEN = 4;
const MOST_CHARACTERS_PER_TOKEN = 8;

/**
 * Calls, tokens, dollars and pairs of a run over `samples`. Answers are shared between questions, as in the run. What
 * a judge is shown is not known before the answers: at most, they are taken to be at their limit, at eight characters a
 * token. The budget itself reserves by what is sent.
 */
export function estimateRun(
  questions: readonly Question[],
  samples: readonly RunSample[],
  pricer: Pricer,
  options: EstimateOptions,
): RunEstimate {
  const calls = new Map<string, ModelCall>();
  const draws = questions.map((question) => ({ question, draw: drawFor(question, samples, options) }));
  const asked = draws.filter(({ question }) => question.variant === undefined);
  for (const { question, draw } of asked) {
    for (const sample of draw.samples) {
      for (const ref of [baselineFor(question, sample), question.candidate]) {
        if (ref !== null) calls.set(`${sample.id}\0${refLabel(ref)}`, callOf(sample, ref));
      }
    }
  }
  const price = (call: ModelCall) => estimateCall(call, pricer, options.maxOutputTokens);
  const limitOf = (sample: RunSample): number => sample.maxTokens ?? options.maxOutputTokens;
  const grading = (charactersPerToken: number): ReturnType<typeof price>[] =>
    gradingCalls(asked, options, (sample) => limitOf(sample) * charactersPerToken).map(price);
  const usual = grading(EXPECTED_CHARACTERS_PER_TOKEN / 2);
  const longest = grading(MOST_CHARACTERS_PER_TOKEN);
  const answers = [...calls.values()].map(price);
  const paid = options.areAnswersFree === true ? [] : answers;
  const dearest = [...paid, ...longest];
  const models = [...new Set(dearest.map(({ model }) => model))].map((model) => {
    const own = dearest.filter((call) => call.model === model);
    return { model, calls: own.length, most: sum(own.map(({ most }) => most.cost)) };
  });
  return {
    calls: answers.length,
    gradingCalls: longest.length,
    expected: total([...paid, ...usual].map(({ expected }) => expected)),
    most: total(dearest.map(({ most }) => most)),
    models,
    questions: draws.map(({ question, draw }) => pairsEstimate(question, draw, options)),
  };
}

interface Use {
  readonly tokens: number;
  readonly cost: PicoUsd | null;
}

function estimateCall(call: ModelCall, pricer: Pricer, maxOutputTokens: number) {
  const limit = call.embed === undefined ? (call.maxTokens ?? maxOutputTokens) : 0;
  const extras = [call.tools, call.responseFormat, call.embed].filter((extra) => extra !== undefined);
  const inputTokens = estimatedTokens([...call.messages.map(({ content }) => content), ...extras]);
  const outputTokens = Math.ceil(limit / 2);
  const none = { cachedInputTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, reasoningTokens: 0 };
  const cost = pricer.price(call, { inputTokens, outputTokens, ...none });
  const expected: Use = { tokens: inputTokens + outputTokens, cost };
  return { model: refLabel(call), expected, most: pricer.worstCase(call, limit) as Use };
}

function total(uses: readonly Use[]): Use {
  return {
    tokens: uses.reduce((tokens, use) => tokens + use.tokens, 0),
    cost: sum(uses.map(({ cost }) => cost)),
  };
}

/** null as soon as one amount is unknown: a total that leaves something out is no bound. */
function sum(amounts: readonly (PicoUsd | null)[]): PicoUsd | null {
  return amounts.reduce<PicoUsd | null>(
    (all, amount) => (all === null || amount === null ? null : all + amount),
    0n,
  );
}

function pairsEstimate(
  { id, margin }: Question,
  draw: { readonly samples: readonly RunSample[]; readonly populationSize: number },
  { alpha, family: shared, population, judge }: EstimateOptions,
): PairsEstimate {
  // As in the run: the rules' test beside the judge's takes half of alpha.
  const family = judge !== undefined && judgedBy(draw.samples).hasRules ? 2 * shared : shared;
  const pairsOnFile = draw.samples.length;
  const needed = limitToCensus(allTiePairs({ margin, alpha, family }), population, draw.populationSize);
  const isEnough = needed !== null && needed <= pairsOnFile;
  const isCensus = population === "samples" && pairsOnFile >= draw.populationSize;
  const powerIfEquivalent = DISAGREEMENTS.map((disagreement) => ({
    disagreement,
    chance: expectedPower({ margin, alpha, family }, pairsOnFile, disagreement, isCensus),
  }));
  return { question: id, margin, pairsOnFile, pairsIfAllTie: needed, isEnough, powerIfEquivalent };
}

function limitToCensus(pairs: number, population: Population, populationSize: number): number | null {
  const bounded = population === "samples" ? Math.min(pairs, populationSize) : pairs;
  return Number.isFinite(bounded) ? bounded : null;
}
