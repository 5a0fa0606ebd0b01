import { UsageError } from "../../shared/errors.js";
import { collect } from "../arguments.js";
import { type InputFlags, withMappingOptions, withToleranceOption } from "../input-options.js";
import {
  type CommonOptions,
  createContext,
  emit,
  fail,
  type Register,
  withCommonOptions,
} from "../session.js";

interface Options extends CommonOptions, InputFlags {
  readonly input?: string[];
}

export const registerValidate: Register = (program, host) => {
  const command = withCommonOptions(program.command("validate"))
    .description("check events against the schema, line by line; writes nothing")
    .option("--input <path...>", "files, folders or globs to check (required)", collect);
  withToleranceOption(withMappingOptions(command))
    .addHelpText("after", "\nExample:\n  tokenop validate --input events.jsonl --json")
    .action(async (options: Options) => {
      const { validate } = await import("../../pipeline.js");
      const { renderValidation } = await import("../render/discover.js");
      const context = createContext(options, host);
      const { result, shortfall } = await validate({ ...options, inputs: inputsOf(options) }, context);
      const { read, valid, rejected, duplicate, problems } = result;
      if (options.json === true) for (const warning of result.warnings) context.log.warn(warning);
      emit(options, { json: { read, valid, rejected, duplicate, problems }, text: renderValidation(result) });
      if (shortfall !== null) fail(shortfall, host);
    });
};

/** Not a required option of commander's: that would not see one from the environment or tokenop.yaml. */
function inputsOf({ input }: Options): string[] {
  if (input !== undefined) return input;
  throw new UsageError({
    code: "TOP-USAGE-INPUT",
    message: "There is nothing to validate: --input is missing.",
    found: "It takes files, folders or quoted patterns.",
    fix: "Example: tokenop validate --input events.jsonl",
  });
}
