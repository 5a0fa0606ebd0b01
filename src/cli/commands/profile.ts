import { Option } from "commander";
import { parseCount, parseSeed } from "../arguments.js";
import { usdNumber } from "../render/format.js";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly events?: string;
  readonly prompts?: string;
  readonly clusterMethod: "auto" | "intent" | "lexical";
  readonly sampleSize?: number;
  readonly seed: number;
  readonly prices?: string;
  readonly dir: string;
}

export const registerProfile: Register = (program, host) => {
  withCommonOptions(program.command("profile"))
    .description("workload cube, cost drivers, shapes, reuse, clusters and representative samples")
    .option("--events <file>", "events to profile (default: what discover wrote)")
    .option("--prompts <file>", "prompts to cluster and sample (default: prompts.jsonl of the workspace)")
    .addOption(
      new Option("--cluster-method <method>", "auto uses declared intents and clusters the rest")
        .choices(["auto", "intent", "lexical"])
        .default("auto"),
    )
    .addOption(
      new Option("--engine <engine>", "where the cube is computed").choices(["duckdb"]).default("duckdb"),
    )
    .option("--sample-size <n>", "inference samples over all clusters (default: 200 a cluster)", parseCount)
    .option("--name-clusters", "name clusters by words of their prompts; profile.yaml then holds such words")
    .option("--seed <n>", "seed of draws and clustering", parseSeed, 1)
    .option("--prices <file>", "prices that win over the list (default: prices.yaml of the workspace)")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", "\nExample:\n  tokenop profile --prompts prompts.jsonl --sample-size 200")
    .action(async (options: Options) => {
      const { profile } = await import("../../pipeline.js");
      const { renderProfile } = await import("../render/profile.js");
      const { profile: result, written } = await profile(options, createContext(options, host));
      const { totals } = result;
      emit(options, {
        json: {
          totals: {
            events: totals.events,
            input_tokens: totals.inputTokens,
            output_tokens: totals.outputTokens,
            cached_input_tokens: totals.cachedInputTokens,
            cost_usd: usdNumber(totals.costUsd),
            list_cost_usd: usdNumber(totals.listCostUsd),
            billed_cost_usd: usdNumber(totals.billedCostUsd),
          },
          peaks: result.peaks && {
            requests_per_minute: result.peaks.requestsPerMinute,
            peak_minute: result.peaks.peakMinute,
            tokens_per_minute: result.peaks.tokensPerMinute,
          },
          tokens: result.tokens,
          latency_ms: result.latencyMs,
          unpriced: result.unpriced.map(({ provider, model, events }) => ({ provider, model, events })),
          clusters: result.clusters.map(({ id, name, requests, costUsd }) => ({
            id,
            name,
            requests,
            cost_usd: usdNumber(costUsd),
          })),
          written,
        },
        text: renderProfile(result),
        written,
        next: `tokenop plan --dir ${options.dir}`,
      });
    });
};
