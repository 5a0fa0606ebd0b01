import type { Command } from "commander";
import { parseAmount, parseCount, parseShare } from "./arguments.js";

/** Flags of `run` on models that grade, labels, and what is certified besides quality. */
export function withGradingFlags(command: Command): Command {
  return command
    .option("--judge <model>", "model that judges what no rule grades; gets answers and references")
    .option(
      "--judge-repeats <n>",
      "opinions on each question, odd; their median counts (default: 1)",
      parseCount,
    )
    .option(
      "--judge-swap-limit <share>",
      "contradictions above which rules decide (default: 0.2)",
      parseShare,
    )
    .option(
      "--judge-calibration <n>",
      "labelled samples that the judge is held against (default: 30)",
      parseAmount,
    )
    .option("--embedding-model <model>", "model of the embedding grader, at an OpenAI-compatible endpoint")
    .option(
      "--latency-p95 <ms>",
      "certify that at most 5 % of calls take longer (default: of the policy)",
      parseAmount,
    )
    .option("--labels <n>", "correct the judge by about this many labels, drawn at random", parseCount)
    .option("--labels-file <file>", "labels given so far: sample_id, model and score a line");
}

/** Flags of `run` on the providers' batch interfaces. */
export function withBatchFlags(command: Command): Command {
  return command
    .option(
      "--batch",
      "ask through the providers' batch interface: half the price where one is listed, up to 24 h, no latency",
    )
    .option(
      "--batch-samples <n>",
      "samples of each open question in one batch, with --early-stopping or a judge (default: 200)",
      parseCount,
    );
}
