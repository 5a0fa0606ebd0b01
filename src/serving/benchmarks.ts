import { basename } from "node:path";
import { z } from "zod";
import { readText } from "../shared/artifact.js";
import { UsageError } from "../shared/errors.js";
import type { Benchmark, ServingConfig } from "./contract.js";
import { MISSING } from "./read-yaml.js";

/** What a benchmark file does not say: how the server was configured. */
export interface BenchmarkFile {
  readonly path: string;
  readonly config: ServingConfig;
  /** Share of input tokens that the benchmark's prompts had in common, 0..1; random prompts: 0. */
  readonly prefixHitShare?: number;
}

const FIX =
  "Write it with `vllm bench serve --save-result` or `guidellm benchmark --output-path FILE.json`, " +
  "streaming on, and name the file under the fleet that it was measured on.";

const positive = z.number().positive();

/** `vllm bench serve --save-result`; further fields are left alone. */
const vllmResult = z.looseObject({
  completed: z.int().positive(),
  total_input_tokens: positive,
  total_output_tokens: positive,
  request_throughput: positive,
  mean_ttft_ms: positive,
  mean_tpot_ms: positive,
  max_concurrency: z.number().positive().nullish(),
});

const summary = z.looseObject({ successful: z.looseObject({ mean: positive }) });

/** GuideLLM: one entry a load point. Its time_per_output_token counts the first token in; inter_token_latency does not. */
const guideLlmReport = z.looseObject({
  benchmarks: z
    .array(
      z.looseObject({
        metrics: z.looseObject({
          requests_per_second: summary,
          request_concurrency: summary,
          prompt_token_count: summary,
          output_token_count: summary,
          time_to_first_token_ms: summary,
          inter_token_latency_ms: summary,
        }),
      }),
    )
    .min(1),
});

/**
 * The user's own measurements, in file order.
 *
 * Reads GuideLLM reports and `vllm bench serve` results, told apart by their fields. Requests in flight that vLLM does
 * not state follow from Little's law: requests a second x mean time in the system.
 *
 * @throws UsageError TOP-HARDWARE-MISSING for an unreadable file; TOP-SERVING-BENCHMARK with file and field for one
 *   that is neither format or lacks a figure.
 */
export async function readBenchmarks(files: readonly BenchmarkFile[]): Promise<Benchmark[]> {
  const read = await Promise.all(
    files.map(async (file) => parseBenchmark(await readText(file.path, MISSING, FIX), file)),
  );
  return read.flat();
}

export function parseBenchmark(text: string, file: BenchmarkFile): Benchmark[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused(`${file.path} is not JSON.`, (cause as Error).message);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw refused(`${file.path} is no benchmark result.`, "Expected one JSON object.");
  if ("benchmarks" in json) return fromGuideLlm(checked(guideLlmReport, json, file.path), file);
  if ("mean_ttft_ms" in json || "request_throughput" in json)
    return [fromVllm(checked(vllmResult, json, file.path), file)];
  throw refused(
    `${file.path} is neither a GuideLLM report nor a vLLM benchmark result.`,
    `Found the fields ${Object.keys(json).slice(0, 6).join(", ") || "(none)"}; looked for "benchmarks" or "mean_ttft_ms".`,
  );
}

function fromVllm(result: z.infer<typeof vllmResult>, file: BenchmarkFile): Benchmark {
  const outputTokens = result.total_output_tokens / result.completed;
  const seconds = (result.mean_ttft_ms + (outputTokens - 1) * result.mean_tpot_ms) / 1000;
  // A limit that was never reached says less than what was in flight on average.
  const inFlight = result.request_throughput * seconds;
  return {
    config: file.config,
    shape: {
      inputTokens: result.total_input_tokens / result.completed,
      outputTokens,
      prefixHitShare: file.prefixHitShare ?? 0,
    },
    concurrency: Math.max(1, Math.min(inFlight, result.max_concurrency ?? inFlight)),
    ttftMs: result.mean_ttft_ms,
    tpotMs: result.mean_tpot_ms,
    requestsPerSecond: result.request_throughput,
    source: basename(file.path),
  };
}

function fromGuideLlm(report: z.infer<typeof guideLlmReport>, file: BenchmarkFile): Benchmark[] {
  return report.benchmarks.map(({ metrics }, index) => {
    const mean = (name: keyof typeof metrics & string) =>
      (metrics[name] as z.infer<typeof summary>).successful.mean;
    return {
      config: file.config,
      shape: {
        inputTokens: mean("prompt_token_count"),
        outputTokens: mean("output_token_count"),
        prefixHitShare: file.prefixHitShare ?? 0,
      },
      concurrency: Math.max(1, mean("request_concurrency")),
      ttftMs: mean("time_to_first_token_ms"),
      tpotMs: mean("inter_token_latency_ms"),
      requestsPerSecond: mean("requests_per_second"),
      source: `${basename(file.path)}, benchmarks.${index}`,
    };
  });
}

function checked<S extends z.ZodType>(schema: S, json: unknown, path: string): z.infer<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw refused(
    `${path}: field "${issue.path.join(".")}": ${issue.message}.`,
    "A point without it cannot be used.",
  );
}

function refused(message: string, found: string): UsageError {
  return new UsageError({ code: "TOP-SERVING-BENCHMARK", message, found, fix: FIX });
}
