import { type CommonOptions, emit, type Register, withCommonOptions } from "../session.js";

export const registerInit: Register = (program) => {
  withCommonOptions(program.command("init"))
    .description("write a policy.yaml and a tokenop.yaml with every default spelled out, to edit")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", "\nExample:\n  tokenop init --dir my-workspace")
    .action(async (options: CommonOptions & { dir: string }) => {
      const { init } = await import("../../pipeline.js");
      const written = await init(options);
      const text =
        written.length === 0 ? "Both files exist already; nothing was changed." : "Edit them, then:";
      emit(options, { json: { written }, text, written, next: `tokenop discover --dir ${options.dir}` });
    });
};
