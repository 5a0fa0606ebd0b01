import type { LearnRoutingOptions } from "../../pipeline.js";
import { parseAlpha, parseSeed, parseShare } from "../arguments.js";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

type Options = CommonOptions & LearnRoutingOptions;

const EXAMPLES = `
Examples:
  tokenop learn-routing --quality-margin 0.02                  after tokenop run, on its results.jsonl
  tokenop learn-routing --recordings R.jsonl --baseline big    on recorded scores of several models
  tokenop learn-routing --recordings LOG.jsonl --baseline big --least-propensity 0.1
                                                               on a router's log with propensities`;

export const registerLearnRouting: Register = (program, host) => {
  withCommonOptions(program.command("learn-routing"))
    .description("learn whom to send which request from a run's results, proven on held-out samples")
    .option("--results <file>", "graded answers (default: results.jsonl of the workspace)")
    .option("--recordings <file>", "recorded scores instead: of all models, or a router's log")
    .option("--input <file>", "prompts, for their wording (default: those of the workspace)")
    .option("--baseline <model>", "whose requests are routed (default: the run's only baseline)")
    .option("--quality-margin <share>", "largest loss over all requests, 0.01 is one point", parseShare)
    .option("--alpha <share>", "chance of a wrong certificate", parseAlpha)
    .option("--training-share <share>", "samples that choose the policy; the rest judge it", parseAlpha, 0.5)
    .option(
      "--least-propensity <share>",
      "of a router's log: smallest chance it gave any model",
      parseAlpha,
      0.05,
    )
    .option("--prices <file>", "prices that win over the list (default: prices.yaml of the workspace)")
    .option("--seed <n>", "seed of the split", parseSeed, 1)
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const { learnRouting } = await import("../../pipeline.js");
      const { renderRouting, routingJson } = await import("../render/routing.js");
      const result = await learnRouting(options, createContext(options, host));
      host.onCode(result.exitCode);
      emit(options, {
        json: routingJson(result.routing, result.written),
        text: renderRouting(result.routing),
        written: result.written,
        next: result.next,
      });
    });
};
