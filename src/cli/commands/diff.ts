import { Option } from "commander";
import { collect, parseShare } from "../arguments.js";
import { type CommonOptions, emit, fail, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly baseline: string;
  readonly optimized: string;
  readonly format: "table" | "json" | "markdown" | "github-comment";
  readonly failOn?: string[];
  readonly silentBelow?: number;
}

const EXAMPLES = `
Examples:
  tokenop diff --baseline reports/baseline.csv --optimized reports/optimized.csv
  tokenop diff --baseline october.json --optimized november.json --fail-on 'cost-increase>5%'
  tokenop diff --baseline main.csv --optimized branch.csv --format github-comment --silent-below 1%

Gates (--fail-on METRIC COMPARISON NUMBER, repeatable; exit code 3 where one does not hold):
  cost-increase (% or usd), cost (usd), cost-per-request-increase (%), requests-increase (%),
  input-tokens-increase (%), output-tokens-increase (%), row-cost-increase (usd)`;

export const registerDiff: Register = (program, host) => {
  withCommonOptions(program.command("diff"))
    .description("compare the costs of two runs or two periods, with gates for CI")
    .requiredOption("--baseline <file>", "a cost table (baseline.csv, optimized.csv) or a report.json")
    .requiredOption("--optimized <file>", "what it is compared with, of either kind")
    .addOption(
      new Option("--format <format>", "how it is printed")
        .choices(["table", "json", "markdown", "github-comment"])
        .default("table"),
    )
    .option("--fail-on <gate...>", "what must not happen, such as 'cost-increase>5%'", collect)
    .option(
      "--silent-below <share>",
      "print nothing where cost changes by less and every gate holds",
      parseShare,
    )
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const { diff } = await import("../../pipeline.js");
      const { diffJson, isSilent, renderDiff } = await import("../render/diff.js");
      const result = await diff({ ...options, failOn: options.failOn ?? [] });
      if (isSilent(result, options.silentBelow)) return;
      const asJson = options.json === true || options.format === "json";
      emit(
        { ...options, json: asJson },
        { json: diffJson(result), text: asJson ? "" : renderDiff(result, options.format) },
      );
      if (result.shortfall !== null) fail(result.shortfall, host);
    });
};
