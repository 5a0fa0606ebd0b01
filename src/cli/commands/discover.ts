import { collect, parseInstant, parseList } from "../arguments.js";
import { configPath } from "../config.js";
import {
  type InputFlags,
  withEventsOptions,
  withMappingOptions,
  withToleranceOption,
} from "../input-options.js";
import {
  type CommonOptions,
  createContext,
  emit,
  fail,
  type Register,
  withCommonOptions,
} from "../session.js";

interface Options extends CommonOptions, InputFlags {
  readonly inputDir?: string[];
  readonly collectors?: string[];
  readonly since?: Date;
  readonly eventsFormat: "parquet" | "jsonl";
  readonly prices?: string;
  readonly includeContent?: boolean;
  readonly append?: boolean;
  readonly overlap?: "report" | "residual" | "keep";
  readonly explain?: boolean;
  readonly dir: string;
}

const EXAMPLES = `
Examples:
  tokenop discover                                  what is here: exports in this folder, coding-agent logs
  tokenop discover --input-dir logs --explain       which files would be read
  tokenop discover --input-dir trace.csv --map ts=TIMESTAMP,input_tokens=ContextTokens,output_tokens=GeneratedTokens \\
                   --set provider=openai,model=gpt-4o`;

export const registerDiscover: Register = (program, host) => {
  const command = withCommonOptions(program.command("discover"))
    .description("find usage records, normalise, deduplicate and price them")
    .option("--input-dir <path...>", "files, folders or globs to read", collect)
    .option("--collectors <names>", "only these collectors or sources, separated by commas", parseList)
    .option("--since <instant>", "only events at or after this ISO 8601 instant", parseInstant)
    .option("--include-content", "prompt text of platforms too: redacted, kept in prompts.jsonl here");
  withEventsOptions(withMappingOptions(command));
  withToleranceOption(command)
    .option("--prices <file>", "prices that win over the list")
    .option("--explain", "print what would be read, and read nothing")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const { discover, explainDiscover } = await import("../../pipeline.js");
      const { discoveredJson, renderDiscovered, renderProblems } = await import("../render/discover.js");
      const context = createContext(options, host);
      const request = {
        ...options,
        inputs: options.inputDir ?? [],
        searchDir: process.cwd(),
        configPath: await configPath(),
      };
      if (options.explain === true) {
        const lines = await explainDiscover(request, context);
        emit(options, { json: { explain: lines }, text: lines.join("\n") });
        return;
      }
      const { discovered, ingest, written, shortfall } = await discover(request, context);
      for (const note of [...ingest.warnings, ...renderProblems(ingest, "rejects.jsonl")])
        context.log.warn(note);
      emit(options, {
        json: discoveredJson(discovered, written),
        text: renderDiscovered(discovered),
        written,
        next: discovered.totals.valid === 0 ? undefined : `tokenop profile --dir ${options.dir}`,
      });
      if (shortfall !== null) fail(shortfall, host);
    });
};
