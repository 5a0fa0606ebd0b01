import { UsageError } from "../../shared/errors.js";
import { parseUsd } from "../../shared/money.js";
import { type ModelRef, recordingSchema, resultSchema } from "../contract.js";
import type { Pricer } from "../executors/pricer.js";
import { recordedCost } from "../executors/replay.js";
import { refLabel } from "../inputs/questions.js";
import { readJsonLines } from "../inputs/read-lines.js";
import { type RunSample, UNKNOWN_CLUSTER } from "../inputs/samples.js";
import type { ArmAnswer, RoutingData, RoutingSample } from "./feedback.js";

export interface ReadFeedbackOptions {
  /** The baseline by name; null: the only one of the results. A router's log always needs it. */
  readonly baseline: string | null;
  /** Prompts, as far as they are at hand: for their text, and the chance with which they were drawn. */
  readonly prompts: readonly RunSample[];
  readonly signal?: AbortSignal;
}

/** One answer, from whichever file. */
interface Line {
  readonly sampleId: string;
  readonly cluster: string;
  readonly ref: ModelRef;
  readonly isBaseline: boolean;
  readonly inputTokens: number | null;
  readonly answer: ArmAnswer;
  readonly propensity: number | null;
}

/**
 * Reads results.jsonl: graded answers of the baseline and of every candidate. Samples that another baseline answers
 * are left out, since the question is what to do with this one's requests; so are variants, which no router can name.
 *
 * @throws UsageError TOP-RUN-INPUT, TOP-RUN-LINE, TOP-ROUTING-BASELINE.
 */
export async function readResultFeedback(path: string, options: ReadFeedbackOptions): Promise<RoutingData> {
  const lines: Line[] = [];
  const fix = "Write it again: tokenop run";
  for await (const { value } of readJsonLines(path, resultSchema, { signal: options.signal, fix })) {
    if (value.model.includes("#")) continue;
    const hasFailed = value.status !== "ok";
    lines.push({
      sampleId: value.sample_id,
      cluster: value.cluster,
      ref: { provider: value.provider, model: value.model },
      isBaseline: value.role === "baseline",
      inputTokens: value.input_tokens,
      propensity: null,
      answer: {
        score: value.score,
        // A call that failed has no usage, and nothing was billed that is known of.
        cost: value.cost_usd === null ? (hasFailed ? 0n : null) : parseUsd(value.cost_usd),
        latencyMs: value.latency_ms,
        outputTokens: value.output_tokens,
        text: value.response,
        truncated: value.truncated,
      },
    });
  }
  return gather(lines, options);
}

/**
 * Reads recorded scores: of all models on every sample, or a router's log with one answer a sample and the
 * `propensity` with which the router chose that model.
 *
 * @throws UsageError TOP-RUN-INPUT, TOP-RUN-LINE, TOP-ROUTING-BASELINE, TOP-ROUTING-LOG.
 */
export async function readRecordedFeedback(
  path: string,
  pricer: Pricer,
  options: ReadFeedbackOptions,
): Promise<RoutingData> {
  const lines: Line[] = [];
  const fix = "Correct the line; the format is in docs/guide/run.md.";
  for await (const { value } of readJsonLines(path, recordingSchema, { signal: options.signal, fix })) {
    const ref = { provider: value.provider ?? "", model: value.model };
    if (value.score === undefined)
      throw badLog("A recording has no score to learn from.", "Grade first: tokenop run --mode replay");
    lines.push({
      ...{ sampleId: value.sample_id, cluster: value.intent ?? UNKNOWN_CLUSTER, ref },
      isBaseline: [refLabel(ref), ref.model].includes(options.baseline ?? ""),
      inputTokens: value.input_tokens ?? null,
      propensity: value.propensity ?? null,
      answer: {
        score: value.score,
        cost: recordedCost(value, ref, pricer),
        latencyMs: value.latency_ms ?? null,
        outputTokens: value.output_tokens ?? null,
        text: value.response ?? null,
        truncated: false,
      },
    });
  }
  const data = gather(lines, options);
  checkLog(data);
  return data;
}

function gather(all: readonly Line[], { baseline: named, prompts }: ReadFeedbackOptions): RoutingData {
  const baseline = baselineOf(all, named);
  const isBaseline = ({ ref }: Line): boolean => refLabel(ref) === refLabel(baseline);
  const isLogged = all.some(({ propensity }) => propensity !== null);
  const served = new Set(all.filter(isBaseline).map(({ sampleId }) => sampleId));
  const lines = isLogged ? all : all.filter(({ sampleId }) => served.has(sampleId));
  const refs = new Map(lines.map(({ ref }) => [refLabel(ref), ref]));
  refs.delete(refLabel(baseline));
  const arms = [baseline, ...refs.values()];
  const armOf = new Map(arms.map((ref, arm) => [refLabel(ref), arm]));
  const known = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  const samples = new Map<string, RoutingSample>();
  for (const line of lines) {
    const sample = samples.get(line.sampleId) ?? emptySample(line, arms.length, known.get(line.sampleId));
    const arm = armOf.get(refLabel(line.ref))!;
    // Of two answers of one model the first counts, as everywhere.
    if (sample.answers[arm] !== null) continue;
    samples.set(line.sampleId, {
      ...sample,
      answers: sample.answers.map((one, index) => (index === arm ? line.answer : one)),
      logged: line.propensity === null ? sample.logged : { arm, propensity: line.propensity },
    });
  }
  return { arms, samples: [...samples.values()] };
}

function emptySample(line: Line, arms: number, prompt: RunSample | undefined): RoutingSample {
  return {
    id: line.sampleId,
    cluster: line.cluster,
    inputTokens: line.inputTokens,
    text: prompt === undefined ? null : textOf(prompt),
    answers: Array.from({ length: arms }, () => null),
    logged: null,
    inclusionProbability: prompt?.inclusionProbability ?? null,
  };
}

function baselineOf(lines: readonly Line[], named: string | null): ModelRef {
  const isNamed = ({ ref }: Line): boolean => named === refLabel(ref) || named === ref.model;
  const found = new Map(
    lines
      .filter((line) => (named === null ? line.isBaseline : isNamed(line)))
      .map(({ ref }) => [refLabel(ref), ref]),
  );
  const [only] = found.values();
  if (only !== undefined && found.size === 1) return only;
  throw new UsageError({
    code: "TOP-ROUTING-BASELINE",
    message: "It is not clear which model's requests are to be routed.",
    found:
      found.size === 0
        ? `No answer of ${named ?? "a baseline"}.`
        : `Baselines: ${[...found.keys()].join(", ")}.`,
    fix: "Name one, as in results.jsonl: --baseline MODEL",
  });
}

/** With logged choices there is one answer a sample, and a chance for each. */
function checkLog({ samples }: RoutingData): void {
  const logged = samples.filter(({ logged: choice }) => choice !== null);
  if (logged.length === 0) return;
  const several = samples.filter(({ answers }) => answers.filter((one) => one !== null).length > 1);
  if (logged.length === samples.length && several.length === 0) return;
  throw badLog(
    `A router's log has one answer a sample, with its propensity; ${samples.length - logged.length} samples have no propensity, ${several.length} several answers.`,
    "Keep the answers that were served, each with the chance that the router gave it",
  );
}

function badLog(message: string, fix: string): UsageError {
  return new UsageError({
    code: "TOP-ROUTING-LOG",
    message,
    found: "What was not observed can only be weighed by known chances.",
    fix,
  });
}

/** All roles in order; parts that are no text are passed over. */
function textOf({ messages }: RunSample): string {
  return messages
    .map(({ content }) => {
      if (typeof content === "string") return content;
      const parts = Array.isArray(content) ? (content as { readonly text?: unknown }[]) : [];
      return parts.map((part) => (typeof part?.text === "string" ? part.text : "")).join("\n");
    })
    .join("\n");
}
