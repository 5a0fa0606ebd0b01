import { type Command, Option } from "commander";
import { parseShare } from "./arguments.js";

/** How the columns of an input are read, and how much of it may be unusable. */
export interface InputFlags {
  readonly map?: string;
  readonly set?: string;
  readonly tsUnit?: "s" | "ms" | "us" | "ns";
  readonly maxRejected: number;
}

export function withMappingOptions(command: Command): Command {
  return command
    .option("--map <pairs>", "canonical column = column of the source, separated by commas")
    .option("--set <pairs>", "canonical column = constant, separated by commas")
    .addOption(
      new Option("--ts-unit <unit>", "unit of a numeric timestamp").choices(["s", "ms", "us", "ns"]),
    );
}

/** What becomes of the events: beside earlier ones, of other sources, and as files. */
export function withEventsOptions(command: Command): Command {
  return command
    .option("--append", "add to the events that are there; platforms are asked from where they were read to")
    .addOption(
      new Option("--overlap <mode>", "usage buckets that single requests of another source cover")
        .choices(["report", "residual", "keep"])
        .default("report"),
    )
    .addOption(
      new Option("--events-format <format>", "also write events.jsonl")
        .choices(["parquet", "jsonl"])
        .default("parquet"),
    );
}

export function withToleranceOption(command: Command): Command {
  return command.option(
    "--max-rejected <share>",
    "exit 2 when more than this share of lines is unusable",
    parseShare,
    0.01,
  );
}
