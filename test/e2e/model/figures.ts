import type { ServedCall } from "./variant-server.js";

/** A line of results.jsonl, as far as it is read here. */
export interface ResultLine {
  readonly sample_id: string;
  readonly model: string;
  readonly role: "baseline" | "candidate";
  readonly response: string | null;
  readonly score: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly latency_ms: number | null;
  readonly ttft_ms: number | null;
  readonly truncated: boolean;
  readonly cost_usd: string | null;
  readonly status: string;
}

export const sum = (values: Iterable<number | null | undefined>): number => {
  let total = 0;
  for (const value of values) total += value ?? 0;
  return total;
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const numbers = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** Measured figures, a line a model: what the run wrote down, and tokens per second by the server's own clock. */
export function figuresOf(results: readonly ResultLine[], served: readonly ServedCall[]): string {
  const header =
    "model                            calls  failed  score  tokens in  out  p50 TTFT ms  p50 ms  prompt tok/s  answer tok/s";
  const rows = [...new Set(results.map(({ model }) => model))].map((model) => {
    const own = results.filter((line) => line.model === model);
    const clock = served.filter((call) => call.model === model).flatMap(({ timings }) => timings ?? []);
    const rate = (tokens: "prompt_n" | "predicted_n", ms: "prompt_ms" | "predicted_ms"): string =>
      ((1000 * sum(clock.map((one) => one[tokens]))) / sum(clock.map((one) => one[ms]))).toFixed(0);
    return [
      model.padEnd(31),
      `${own.length}`.padStart(6),
      `${own.filter(({ status }) => status !== "ok").length}`.padStart(7),
      `${((100 * sum(own.map(({ score }) => score))) / own.length).toFixed(0)} %`.padStart(6),
      `${sum(own.map((line) => line.input_tokens))}`.padStart(10),
      `${sum(own.map((line) => line.output_tokens))}`.padStart(4),
      median(numbers(own.map((line) => line.ttft_ms)))
        .toFixed(0)
        .padStart(12),
      median(numbers(own.map((line) => line.latency_ms)))
        .toFixed(0)
        .padStart(7),
      rate("prompt_n", "prompt_ms").padStart(13),
      rate("predicted_n", "predicted_ms").padStart(13),
    ].join(" ");
  });
  return [header, ...rows].join("\n");
}
