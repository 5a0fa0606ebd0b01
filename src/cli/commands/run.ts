import { Option } from "commander";
import type { RunOptions } from "../../pipeline.js";
import {
  collect,
  parseAlpha,
  parseAmount,
  parseCount,
  parseList,
  parseSeed,
  parseShare,
} from "../arguments.js";
import { runJson } from "../render/run-json.js";
import { withBatchFlags, withGradingFlags } from "../run-flags.js";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

type Options = CommonOptions & RunOptions & { readonly listGraders?: boolean };

const EXAMPLES = `
Examples:
  tokenop run --dry-run                                        calls, dollars and power before the first call
  tokenop run --mode live --yes-send-to api.openai.com         baseline against candidates on the samples
  tokenop run --mode replay --recordings R.jsonl --baseline big --candidates small --quality-margin 0.01`;

const ALLOCATIONS = ["saving-weighted", "round-robin", "successive-elimination", "top-two"];

/** An option with named values, the first of them the default. */
const oneOf = (flags: string, description: string, values: readonly string[]): Option =>
  new Option(flags, description).choices(values).default(values[0]);

export const registerRun: Register = (program, host) => {
  withBatchFlags(withGradingFlags(withCommonOptions(program.command("run"))))
    .description("baseline against candidates on samples: graded, certified or inconclusive")
    .option("--plan <file>", "plan whose questions to answer (default: plan.yaml of the workspace)")
    .option("--input <file>", "prompts to run on, without a plan")
    .option("--recordings <file>", "recorded answers or scores, for --mode replay")
    .option("--simulated-models <file>", "declared models, for --mode simulate")
    .option("--baseline <model>", "model that answers now")
    .option("--candidates <models>", "models to compare, separated by commas", parseList)
    .addOption(oneOf("--mode <mode>", "how models are asked", ["live", "replay", "simulate"]))
    .addOption(oneOf("--scope <scope>", "one test, or one per intent", ["fleet", "intent"]))
    .addOption(oneOf("--population <who>", "whom the claim is about", ["traffic", "samples"]))
    .option("--sample-size <n>", "samples per question", parseCount)
    .option("--quality-margin <share>", "largest loss that is tolerated, 0.01 is one point", parseShare)
    .option("--alpha <share>", "chance of a wrong certificate", parseAlpha)
    .option("--early-stopping", "end a question at its first boundary")
    .addOption(oneOf("--allocation <name>", "which question to ask next, when stopping early", ALLOCATIONS))
    .option("--budget <usd>", "stop before spending more than this", parseAmount)
    .option("--max-tokens-total <n>", "stop before using more tokens than this", parseCount)
    .option("--max-minutes <n>", "stop asking after this long; calls under way get five seconds", parseAmount)
    .option("--concurrency <n>", "calls in flight", parseCount, 4)
    .option("--base-url <url>", "OpenAI-compatible endpoint to ask instead of the provider's own")
    .option("--provider <name=url>", "OpenAI-compatible server: name=URL[,KEY_ENV]; repeatable", collect)
    .option("--yes-send-to <hosts>", "hosts that may get the samples' text, separated by commas", parseList)
    .option("--prices <file>", "prices that win over the list (default: prices.yaml of the workspace)")
    .option("--seed <n>", "seed of the sample order", parseSeed, 1)
    .option("--resume", "continue the last run; nothing is paid twice")
    .option("--require-certified", "exit 3 unless the whole saving is certified")
    .option("--dry-run", "say what it would cost and could prove, and call nothing")
    .option("--allow-exec", "let graders run programs on this machine: commands, and code that models wrote")
    .option("--list-graders", "list the graders and their options")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const pipeline = await import("../../pipeline.js");
      if (options.listGraders === true) {
        const graders = pipeline.listGraders();
        const { renderGraders } = await import("../render/graders.js");
        emit(options, { json: { graders }, text: renderGraders(graders) });
        return;
      }
      const outcome = await pipeline.run(options, createContext(options, host));
      const { renderRun } = await import("../render/run.js");
      host.onCode(outcome.exitCode);
      const { written, next } = outcome;
      emit(options, { json: runJson(outcome), text: renderRun(outcome), written, next });
    });
};
