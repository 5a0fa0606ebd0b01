import { type CommonOptions, emit, type Register, withCommonOptions } from "../session.js";

const EXAMPLES = `
Examples:
  tokenop collectors            every place that usage can be read from
  tokenop collectors --json     with the variables, grants and limits of each`;

export const registerCollectors: Register = (program) => {
  withCommonOptions(program.command("collectors"))
    .description("the places that usage can be read from, and what each needs")
    .addHelpText("after", EXAMPLES)
    .action(async (options: CommonOptions) => {
      const { listCollectors } = await import("../../pipeline.js");
      const { collectorsJson, renderCollectors } = await import("../render/collectors.js");
      const list = listCollectors();
      emit(options, {
        json: collectorsJson(list),
        text: renderCollectors(list),
        next: "tokenop discover --explain",
      });
    });
};
