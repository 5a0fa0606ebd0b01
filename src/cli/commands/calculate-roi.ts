import { UsageError } from "../../shared/errors.js";
import { collect, parseAmount } from "../arguments.js";
import { type CommonOptions, emit, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly template?: string;
  readonly monthlyRequests?: number;
  readonly set?: string[];
  readonly templatesDir?: string;
}

const EXAMPLE =
  "tokenop calculate-roi --template prompt-caching --monthly-requests 2000000 --set prefix_tokens=1800";

export const registerCalculateRoi: Register = (program) => {
  withCommonOptions(program.command("calculate-roi"))
    .description("a template's own arithmetic on your figures; tokenop plan recomputes it on your events")
    .option("--template <id>", "template (required)")
    .option("--monthly-requests <n>", "requests a month", parseAmount)
    .option(
      "--set <name=value>",
      "an input of the template, as templates info lists them; may be repeated",
      collect,
    )
    .option("--templates-dir <folder>", "templates of your own beside the shipped ones; an equal id replaces")
    .addHelpText("after", `\nExample:\n  ${EXAMPLE}`)
    .action(async (options: Options) => {
      const { calculateTemplateRoi } = await import("../../pipeline.js");
      const { renderRoi, roiJson } = await import("../render/roi.js");
      const result = await calculateTemplateRoi({ ...options, template: templateOf(options) });
      emit(options, {
        json: roiJson(result),
        text: renderRoi(result),
        next: "the same on your own events: tokenop plan",
      });
    });
};

/** Not a required option of commander's: that would not see one from the environment or tokenop.yaml. */
function templateOf({ template }: Options): string {
  if (template !== undefined) return template;
  throw new UsageError({
    code: "TOP-USAGE-TEMPLATE",
    message: "There is nothing to calculate: --template is missing.",
    found: "It takes the id of a template; tokenop templates list shows them.",
    fix: `Example: ${EXAMPLE}`,
  });
}
