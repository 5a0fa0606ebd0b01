import { parseSeed } from "../arguments.js";
import { type CommonOptions, createContext, emit, type Register, withCommonOptions } from "../session.js";

interface Options extends CommonOptions {
  readonly dir: string;
  readonly seed: number;
}

export const registerDemo: Register = (program, host) => {
  withCommonOptions(program.command("demo"))
    .description("the whole pipeline on a bundled simulated workload, offline")
    .option("--dir <folder>", "workspace to create", "tokenop-demo")
    .option("--seed <n>", "seed of the simulated workload", parseSeed, 20_261_001)
    .addHelpText("after", "\nExample:\n  tokenop demo --dir tokenop-demo")
    .action(async (options: Options) => {
      const { demo } = await import("../../pipeline.js");
      const { renderDemo } = await import("../render/demo.js");
      const context = createContext(options, host);
      const started = context.now();
      const result = await demo(options, context);
      const seconds = (context.now().getTime() - started.getTime()) / 1000;
      emit(options, {
        json: {
          workspace: result.workspace,
          report: result.report,
          patches: result.patches,
          saving: {
            planned_usd_month: result.saving.plannedUsdMonth,
            planned_share: result.saving.plannedShare,
            certified_usd_month: result.saving.certifiedUsdMonth,
            certified_share: result.saving.certifiedShare,
            basis: result.saving.basis,
          },
          seconds,
        },
        text: renderDemo(result, seconds),
        written: [result.report, ...result.patches],
        next: "the same commands on your own logs: tokenop discover --input-dir <folder>",
      });
    });
};
