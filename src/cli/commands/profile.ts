import { randomBytes } from "node:crypto";
import { Option } from "commander";
import { REMOTE_ENGINES } from "../../engine/contract.js";
import { parseCount, parseSeed } from "../arguments.js";
import { type InputFlags, withMappingOptions } from "../input-options.js";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions, Omit<InputFlags, "maxRejected"> {
  readonly engine: string;
  readonly table?: string;
  readonly explain?: boolean;
  readonly events?: string;
  readonly prompts?: string;
  readonly clusterMethod: "auto" | "intent" | "lexical";
  readonly sampleSize?: number;
  readonly seed: number;
  readonly prices?: string;
  readonly dir: string;
}

const EXAMPLES = `
Examples:
  tokenop profile --prompts prompts.jsonl --sample-size 200
  tokenop profile --engine databricks --table main.ai.calls --explain   the exact SQL, nothing is asked
  tokenop profile --engine snowflake --table ANALYTICS.AI.CALLS --map ts=STARTED_AT,tenant=TEAM`;

export const registerProfile: Register = (program, host) => {
  const command = withCommonOptions(program.command("profile"))
    .description("workload cube, cost drivers, shapes, reuse, clusters and representative samples")
    .option("--events <file>", "events to profile (default: what discover wrote)")
    .option("--prompts <file>", "prompts to cluster and sample (default: prompts.jsonl of the workspace)")
    .addOption(
      new Option("--cluster-method <method>", "auto uses declared intents and clusters the rest")
        .choices(["auto", "intent", "lexical"])
        .default("auto"),
    )
    .addOption(
      new Option("--engine <engine>", "where the cube is computed: where the calls are")
        .choices(["duckdb", ...REMOTE_ENGINES])
        .default("duckdb"),
    )
    .option("--table <name>", "table or view of calls, for an engine other than duckdb")
    .option("--explain", "print the exact queries, hosts and grants, and ask nothing");
  withMappingOptions(command)
    .option("--sample-size <n>", "inference samples over all clusters (default: 200 a cluster)", parseCount)
    .option("--name-clusters", "name clusters by words of their prompts; profile.yaml then holds such words")
    .option("--seed <n>", "seed of draws and clustering", parseSeed, 1)
    .option("--prices <file>", "prices that win over the list (default: prices.yaml of the workspace)")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const { explainProfile, profile } = await import("../../pipeline.js");
      const { profileJson, renderProfile } = await import("../render/profile.js");
      const context = createContext(options, host);
      if (options.explain === true) {
        const lines = await explainProfile(options, context);
        emit(options, { json: { explain: lines }, text: lines.join("\n") });
        return;
      }
      const newKey = (): string => randomBytes(32).toString("hex");
      const { profile: result, written } = await profile({ ...options, newKey }, context);
      emit(options, {
        json: profileJson(result, written),
        text: renderProfile(result),
        written,
        next: `tokenop plan --dir ${options.dir}`,
      });
    });
};
