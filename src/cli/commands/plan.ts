import { Option } from "commander";
import type { OBJECTIVES, Objective } from "../../plan/contract.js";
import { toFileShape } from "../../shared/case.js";
import { parseSeed } from "../arguments.js";
import {
  type CommandHost,
  type CommonOptions,
  createContext,
  emit,
  type Register,
  withCommonOptions,
} from "../session.js";

interface Options extends CommonOptions {
  readonly constraints?: string;
  readonly seed: number;
  readonly objective: Objective;
  readonly prices?: string;
  readonly dir: string;
  readonly explain?: string;
  readonly evidence?: string;
  readonly templatesDir?: string;
}

// Spelled out, since reading the contract would slow every command's start; its type keeps the two alike.
const CHOICES: typeof OBJECTIVES = ["net", "cost"];

export const registerPlan: Register = (program, host) => {
  withCommonOptions(program.command("plan"))
    .description("the cheapest combination of changes that the policy allows, costed jointly")
    .option("--constraints <file>", "policy (default: policy.yaml of the workspace, else built-in defaults)")
    .option("--seed <n>", "seed of sampled attributions", parseSeed, 1)
    .option("--prices <file>", "prices that win over the list (default: prices.yaml of the workspace)")
    .addOption(
      new Option("--objective <what>", "count people's time to put changes in place, or monthly cost alone")
        .choices(CHOICES)
        .default(CHOICES[0]),
    )
    .option("--explain <action>", "show the arithmetic of one action of plan.yaml; plans nothing")
    .option("--evidence <evaluation>", "solve again with what a run showed: replan.yaml, certified-plan.yaml")
    .option("--templates-dir <folder>", "templates of your own beside the shipped ones")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText(
      "after",
      "\nExamples:\n  tokenop plan --constraints policy.yaml\n  tokenop plan --explain route/summarize",
    )
    .action(async (options: Options) => {
      if (options.explain !== undefined) return explain(options.explain, options, host);
      if (options.evidence !== undefined) return solveAgain(options.evidence, options, host);
      const { plan } = await import("../../pipeline.js");
      const { nextStep, planJson, renderPlan } = await import("../render/plan.js");
      const { plan: result, written } = await plan(options, createContext(options, host));
      emit(options, {
        json: planJson(result, written),
        text: renderPlan(result),
        written,
        next: nextStep(result, options.dir),
      });
    });
};

async function solveAgain(evidence: string, options: Options, host: CommandHost): Promise<void> {
  const { planWithEvidence } = await import("../../pipeline.js");
  const { renderReplan, replanJson, nextRound } = await import("../render/replan.js");
  const outcome = await planWithEvidence({ ...options, evidence }, createContext(options, host));
  const next = nextRound(outcome, options.dir);
  const { written } = outcome;
  emit(options, { json: replanJson(outcome), text: renderReplan(outcome), written, next });
}

async function explain(action: string, options: Options, host: CommandHost): Promise<void> {
  const { explainPlan } = await import("../../pipeline.js");
  const { renderExplanation } = await import("../render/explain-plan.js");
  const explanation = await explainPlan({ ...options, action }, createContext(options, host));
  emit(options, { json: toFileShape(explanation), text: renderExplanation(explanation) });
}
