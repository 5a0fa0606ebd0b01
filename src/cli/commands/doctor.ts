import { parseList } from "../arguments.js";
import { configPath } from "../config.js";
import {
  type CommonOptions,
  createContext,
  emit,
  fail,
  type Register,
  withCommonOptions,
} from "../session.js";

interface Options extends CommonOptions {
  readonly collectors?: string[];
  readonly dir: string;
}

const EXAMPLES = `
Examples:
  tokenop doctor                             this machine, and every source in tokenop.yaml
  tokenop doctor --collectors snowflake      one source: what it may read, and the grants it lacks`;

export const registerDoctor: Register = (program, host) => {
  withCommonOptions(program.command("doctor"))
    .description("check this machine and the access to each configured source; names missing grants")
    .option("--collectors <names>", "only these collectors or sources, separated by commas", parseList)
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const { doctor } = await import("../../pipeline.js");
      const { doctorJson, renderDoctor } = await import("../render/doctor.js");
      const context = createContext(options, host);
      const request = {
        dir: options.dir,
        configPath: await configPath(),
        ...(options.collectors && { collectors: options.collectors }),
      };
      const { findings, shortfall } = await doctor(request, context);
      emit(options, { json: doctorJson(findings), text: renderDoctor(findings) });
      if (shortfall !== null) fail(shortfall, host);
    });
};
