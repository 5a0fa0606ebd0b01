import { z } from "zod";
import { ledgerSchema, replanOutput } from "../plan/contract.js";
import { API_VERSION, type ArtifactBody, artifactSchema } from "../shared/artifact.js";
import type { PicoUsd } from "../shared/money.js";
import { batchRecordSchema, type Together } from "./executors/batch/contract.js";
import { judgeReportSchema, labelsReportSchema } from "./judge/contract.js";
import { operationSchema } from "./operations/contract.js";
import type { routingSchema } from "./routing/contract.js";

export { routingOutput, routingPolicySchema, routingSchema } from "./routing/contract.js";

export const RUN_MODES = ["live", "replay", "simulate"] as const;
export type RunMode = (typeof RUN_MODES)[number];

export const VERDICTS = ["certified", "rejected", "futile", "inconclusive"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Who the claim is about: these N prompts (a census is exact), or the traffic they were drawn from. */
export const POPULATIONS = ["samples", "traffic"] as const;
export type Population = (typeof POPULATIONS)[number];

/** A model at a provider; the provider is "" where a recording names none. */
export interface ModelRef {
  readonly provider: string;
  readonly model: string;
}

/** A model asked one sample. */
export interface ModelCall extends ModelRef {
  readonly sampleId: string;
  readonly cluster: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly maxTokens: number | null;
  /** Tool definitions, in OpenAI's or Anthropic's format; a live provider gets them in its own. */
  readonly tools?: readonly unknown[];
  /** OpenAI's `response_format`: JSON mode, or a JSON Schema to keep to. */
  readonly responseFormat?: unknown;
  /** Names what is asked about the sample where it is not the sample itself: a judgement, or the vector of a text. */
  readonly part?: string;
  /** Asks for a further opinion under a seed of its own; absent: 0. */
  readonly repeat?: number;
  /** Absent: 0. */
  readonly temperature?: number;
  /** A text to turn into a vector; `messages` are then empty, and the answer's text is the vector (`embeddings/`). */
  readonly embed?: string;
}

/** What came back. `score` is set by executors that replay recorded scores; else a grader sets it. */
export interface ModelAnswer {
  readonly text: string | null;
  readonly score: number | null;
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly latencyMs: number | null;
  /** From the request to the first generated text, reasoning or tool call; null where the answer was not streamed. */
  readonly ttftMs: number | null;
  /** Cost of this call, exact; null where neither tokens nor a recorded cost are known. */
  readonly cost: PicoUsd | null;
  readonly status: "ok" | "error" | "timeout";
  /** Class and status of a failure, without content. */
  readonly failure: string | null;
  /** True where the answer came from the response cache: `cost` is what it cost then, nothing is paid now. */
  readonly cached: boolean;
  /** True where the output limit cut the answer short. */
  readonly truncated: boolean;
  /** Attempts without a whole answer that may have been billed; each counts as a worst case against the budget. */
  readonly lostAttempts: number;
}

/** An answer of which nothing is known. */
export const EMPTY_ANSWER: ModelAnswer = {
  text: null,
  score: null,
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  latencyMs: null,
  ttftMs: null,
  cost: null,
  status: "ok",
  failure: null,
  cached: false,
  truncated: false,
  lostAttempts: 0,
};

export interface WorstCase {
  readonly tokens: number;
  readonly cost: PicoUsd | null;
}

/** Executes calls. Implementations: live, replay, simulate. */
export interface Executor {
  readonly mode: RunMode;
  /** Hosts that content goes to; empty for replay and simulate. */
  readonly hosts: readonly string[];
  /**
   * Largest use that this call can have, reserved before it starts; 0 where calls are free.
   * `cost` is null where the price book has no price for the model.
   */
  worstCase(call: ModelCall): WorstCase;
  /**
   * `mayRepeat` is asked before an attempt is repeated that may have been billed, since it may be billed again; false:
   * the budget has no room for that, and the call ends as it stands. Absent: there is always room.
   */
  execute(call: ModelCall, signal: AbortSignal, mayRepeat?: () => boolean): Promise<ModelAnswer>;
  /** Where calls are asked together, through batches; `execute` is then not called. */
  readonly together?: Together;
}

/** What graders that run a program are handed; the others have no use for it. */
export interface GradeHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends programs under way; the grade is then not given. */
  readonly signal: AbortSignal;
}

export interface GradeInput {
  readonly response: string;
  readonly reference: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly host: GradeHost;
}

/**
 * Score in 0..1; null where the reference does not fit the grader; or why else there is none, in words that hold no
 * content. Without a score the grade counts as missing, never as wrong.
 */
export type Score = number | null | { readonly missing: string };

/** Grades one answer. Pure unless it `executes`; a new grader is one file and one line in the registry. */
export interface Grader {
  readonly id: string;
  readonly summary: string;
  /** Options beside `kind`, strict, with defaults and descriptions; docs and checks are derived from it. */
  readonly options: z.ZodType<Readonly<Record<string, unknown>>>;
  /** True where grading runs a program on this machine: refused unless `--allow-exec` was given. */
  readonly executes?: boolean;
  /** Model that the run asks before the grade is known; `grade` then stands in where there is none. */
  readonly asks?: "judge" | "embeddings";
  /** Options are checked before, and parsed by the grader itself. */
  grade(input: GradeInput): Score | Promise<Score>;
}

const score = z.number().min(0).max(1);
const count = z.int().nonnegative();
const usd = z.string().describe("Exact decimal, USD.");

/** One line of a recordings file for `--mode replay`: a model's answer, or its score, on one sample. */
export const recordingSchema = z
  .looseObject({
    sample_id: z.union([z.string().min(1), z.int()]).transform(String),
    intent: z.string().optional(),
    provider: z.string().optional(),
    model: z.string().min(1),
    variant: z
      .string()
      .min(1)
      .optional()
      .describe("What differs beside the model, as a plan's question names it."),
    score: score.optional(),
    response: z.string().optional(),
    reference: z.unknown().optional(),
    grader: z.union([z.string(), z.looseObject({ kind: z.string() })]).optional(),
    input_tokens: count.nullish(),
    output_tokens: count.nullish(),
    cost_usd: z.number().nonnegative().nullish(),
    latency_ms: z.number().nonnegative().nullish(),
    propensity: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("Of a router's log: the chance with which it chose this model for this sample."),
  })
  .refine((line) => line.score !== undefined || line.response !== undefined, {
    message: 'expected "score" (0..1), or "response" with "reference"',
  });

/** One line of a labels file for `--labels-file`: the score that a person gave to a model's answer. */
export const labelSchema = z.looseObject({
  sample_id: z.union([z.string().min(1), z.int()]).transform(String),
  provider: z.string().optional(),
  model: z.string().min(1).describe("As in results.jsonl; with its provider, or provider/model."),
  score,
});

/** Named simulated models, for the demo, tests and dry studies. Names must begin with `sim-`. */
export const simulatedModelsSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("SimulatedModels"),
  models: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string().startsWith("sim-"),
      accuracy: score.describe("Chance of the reference answer where no cluster value is given."),
      accuracy_by_cluster: z.array(z.strictObject({ cluster: z.string(), accuracy: score })).default([]),
      output_tokens: count,
      latency_ms: z.number().positive().describe("Median latency; lognormal around it."),
    }),
  ),
});

export const decisionSchema = z.strictObject({
  question: z.string(),
  baseline: z.string(),
  candidate: z.string(),
  scope: z.string().describe('"fleet", or the intent or cluster that was tested.'),
  verdict: z.enum(VERDICTS),
  population: z.enum(POPULATIONS),
  n: count.describe("Pairs used."),
  decided_at: count.nullable().describe("Pairs after which the verdict stood; null while inconclusive."),
  baseline_score: z.number().nullable(),
  candidate_score: z.number().nullable(),
  difference: z.number().nullable().describe("Candidate minus baseline, mean over pairs."),
  lower: z.number().describe("Anytime-valid lower bound on the difference at 1 - alpha/K, one-sided."),
  upper: z.number().describe("Anytime-valid upper bound on the difference at 1 - alpha/K, one-sided."),
  margin: z.number(),
  certifiable_margin: z.number().describe("Smallest loss that can be excluded now."),
  samples_needed: count
    .nullable()
    .describe("More pairs for about 80 % power; null: none expected to be enough."),
  missing: count.describe("Pairs without a grade."),
  e_value: z.number().describe("Largest e-value against H0 (loss beyond the margin), natural logarithm."),
  family: count.describe("K: tests that share alpha."),
  disagreement: z.number().describe("Share of pairs whose scores differ."),
  latency_ms: z
    .strictObject({ baseline_p50: z.number().nullable(), candidate_p50: z.number().nullable() })
    .nullable(),
  cost_usd: z.strictObject({ baseline: usd, candidate: usd }).nullable().describe("Mean per call."),
  path: z
    .array(z.strictObject({ n: count, difference: z.number(), lower: z.number(), upper: z.number() }))
    .describe("Confidence sequence at a few sample counts."),
  graders: z
    .array(z.strictObject({ grader: z.string(), pairs: count }))
    .optional()
    .describe("Where a model graded: what graded how many pairs."),
  swap_disagreement: z.number().nullable().optional().describe("Of the judge, on this question's pairs."),
  fallback: z.boolean().optional().describe("Rules decided, because the judge is unstable."),
  explanation: z.string(),
});

/** Ways to choose which question takes the next samples, with early stopping; the first is the default. */
export const ALLOCATION_NAMES = [
  "saving-weighted",
  "round-robin",
  "successive-elimination",
  "top-two",
] as const;
export type AllocationName = (typeof ALLOCATION_NAMES)[number];

/**
 * Why a question took no more samples: at its verdict; parked, because no verdict was within reach; superseded by a
 * cheaper candidate that is certified; its samples were used up; or the run stopped (budget, interruption).
 */
export const ENDINGS = ["certified", "rejected", "parked", "superseded", "samples", "stopped"] as const;

/** evaluation.yaml */
export const evaluationSchema = artifactSchema("Evaluation", {
  mode: z.enum(RUN_MODES),
  baseline: z.string(),
  alpha: z.number(),
  beta: z.number(),
  seed: z.int(),
  allocation: z
    .enum(ALLOCATION_NAMES)
    .nullish()
    .describe("Which question took the next wave of samples; null where all samples were asked."),
  design: z.string().describe("How samples were drawn and ordered."),
  decisions: z.array(decisionSchema),
  operations: z.array(operationSchema).optional().describe("Latency and cost, certified besides quality."),
  log: z
    .array(
      z.strictObject({
        question: z.string(),
        ending: z.enum(ENDINGS),
        pairs: count.describe("Pairs used when it ended."),
        wave: count.describe("Wave of samples in which it ended, counted over all questions."),
        by: z.string().nullable().describe("The certified question that superseded it."),
      }),
    )
    .optional()
    .describe("When and why each question ended, in that order."),
  judge: judgeReportSchema.optional(),
  labels: labelsReportSchema.optional(),
  calls: count.describe("Models' answers that the decisions used, recorded ones included; no judge's."),
  calls_fixed_design: count.describe("Calls of a fixed design over the same samples."),
  paid_calls: count.describe("Calls that were or may have been billed, a judge's included."),
  batches: z.array(batchRecordSchema).optional().describe("That answered, or will; only with --batch."),
  spent_usd: usd,
  spent_tokens: count,
  budget_usd: usd.nullable(),
  complete: z.boolean(),
  stopped: z.string().nullable().describe("Why it ended early, if it did."),
  certified: z
    .strictObject({
      actions: z.array(z.string()).describe("Plan actions whose evidence holds, structural ones included."),
      saving_usd_month: usd,
      saving_share: z.number(),
      basis: z.string(),
    })
    .nullable()
    .describe("null when no plan was evaluated."),
  ledger: ledgerSchema
    .optional()
    .describe(
      "This round and those before it, with the alpha that they took; only where a plan was evaluated.",
    ),
  warnings: z.array(z.string()),
});

/** evaluation.yaml in memory, without its envelope. */
export type EvaluationBody = ArtifactBody<typeof evaluationSchema>;

/** routing.yaml in memory, without its envelope. */
export type RoutingBody = ArtifactBody<typeof routingSchema>;

/** stdout of `tokenop run --json`. */
export const runOutput = z.strictObject({
  mode: z.enum(RUN_MODES),
  decisions: z.array(decisionSchema.omit({ path: true })),
  operations: z.array(operationSchema).optional(),
  calls: count,
  calls_fixed_design: count,
  paid_calls: count,
  batches: z.array(batchRecordSchema).optional(),
  spent_usd: z.number(),
  complete: z.boolean(),
  stopped: z.string().nullable(),
  judge: judgeReportSchema.optional(),
  labels: labelsReportSchema.optional(),
  certified_saving_usd_month: z.number().nullable(),
  replanned: replanOutput.optional().describe("The plan solved again with these decisions."),
  written: z.array(z.string()),
  estimate: z
    .strictObject({
      calls: count,
      grading_calls: count.describe("To a judge and for embeddings, where all answers differ."),
      expected: z.strictObject({ tokens: count, cost_usd: usd.nullable() }),
      most: z.strictObject({ tokens: count, cost_usd: usd.nullable() }),
      questions: z.array(
        z.strictObject({
          question: z.string(),
          margin: z.number(),
          pairs_on_file: count,
          pairs_if_all_tie: count.nullable(),
          is_enough: z.boolean(),
          power_if_equivalent: z
            .array(z.strictObject({ disagreement: z.number(), chance: z.number() }))
            .describe("Least chance to certify an equivalent candidate that disagrees on so many pairs."),
        }),
      ),
    })
    .optional()
    .describe("Only of a dry run, or where a key is missing: nothing was called."),
  what_if_uncertified: z
    .array(
      z.strictObject({
        baseline: z.string(),
        candidate: z.string(),
        saving_usd: z.number(),
        saving_share: z.number(),
        pairs_if_all_tie: count.nullable(),
        period: z.string(),
      }),
    )
    .optional()
    .describe("List-price savings of the default candidates; quality was not tested."),
  message: z.string().optional(),
});

/** One line of results.jsonl: an answer and its grade. Content-bearing. */
export const resultSchema = z.strictObject({
  sample_id: z.string(),
  cluster: z.string(),
  provider: z.string(),
  model: z.string(),
  role: z.enum(["baseline", "candidate"]),
  response: z.string().nullable(),
  score: score.nullable(),
  grader: z.string().nullable(),
  input_tokens: count.nullable(),
  output_tokens: count.nullable(),
  latency_ms: z.number().nullable(),
  ttft_ms: z.number().nullable().describe("Time to the first token; null where the answer was not streamed."),
  truncated: z.boolean().describe("The output limit cut the answer short."),
  cost_usd: usd.nullable(),
  status: z.enum(["ok", "error", "timeout"]),
});
