import { Option } from "commander";
import { collect, parseShare } from "../arguments.js";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly input: string[];
  readonly map?: string;
  readonly set?: string;
  readonly tsUnit?: "s" | "ms" | "us" | "ns";
  readonly maxRejected: number;
}

export const registerValidate: Register = (program, host) => {
  withCommonOptions(program.command("validate"))
    .description("check events against the schema, line by line; writes nothing")
    .requiredOption("--input <path>", "file, folder or glob; may be given more than once", collect)
    .option("--map <pairs>", "canonical column = column of the source, separated by commas")
    .option("--set <pairs>", "canonical column = constant, separated by commas")
    .addOption(new Option("--ts-unit <unit>", "unit of a numeric timestamp").choices(["s", "ms", "us", "ns"]))
    .option(
      "--max-rejected <share>",
      "exit 2 when more than this share of lines is unusable",
      parseShare,
      0.01,
    )
    .addHelpText("after", "\nExample:\n  tokenop validate --input events.jsonl --json")
    .action(async (options: Options) => {
      const { validate } = await import("../../pipeline.js");
      const { renderValidation } = await import("../render/discover.js");
      const context = createContext(options, host);
      const { result, exitCode } = await validate({ ...options, inputs: options.input }, context);
      host.onCode(exitCode);
      const { read, valid, rejected, duplicate, problems } = result;
      emit(options, { json: { read, valid, rejected, duplicate, problems }, text: renderValidation(result) });
    });
};
