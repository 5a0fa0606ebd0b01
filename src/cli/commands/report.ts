import { parseList } from "../arguments.js";
import { openInBrowser } from "../open.js";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly outputDir?: string;
  readonly format: string[];
  readonly from?: string;
  readonly open?: boolean;
  readonly includeUncertified?: boolean;
  readonly dir: string;
}

export const registerReport: Register = (program, host) => {
  withCommonOptions(program.command("report"))
    .description("reports and patches from what the other stages wrote")
    .option("--output-dir <folder>", "where reports go (default: reports/ of the workspace)")
    .option("--format <list>", "html, csv, md, json, focus", parseList, ["html", "csv", "md", "json"])
    .option("--from <file>", "render again from a report.json alone, into --output-dir; no patches")
    .option("--include-uncertified", "patches of what nothing certifies too, each marked UNCERTIFIED")
    .option("--open", "open report.html in the browser")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", "\nExample:\n  tokenop report --format html,csv --open")
    .action(async (options: Options) => {
      const { renderAgain, report } = await import("../../pipeline.js");
      const { from, outputDir = ".", format: formats } = options;
      const result =
        from === undefined
          ? await report({ ...options, formats }, createContext(options, host))
          : await renderAgain(from, { outputDir, formats });
      const { verdict } = result.report;
      emit(options, {
        json: {
          report: result.htmlPath,
          files: result.files,
          patches: result.patches,
          saving: {
            planned_usd_month: verdict.plannedSaving.value,
            certified_usd_month: verdict.certifiedSaving.value,
          },
        },
        text: `${verdict.headline}\n${verdict.detail}`,
        written: [...result.files, ...result.patches],
        next: result.patches.length > 0 ? "review and merge the patches" : undefined,
      });
      if (options.open === true) await openInBrowser(result.htmlPath);
    });
};
