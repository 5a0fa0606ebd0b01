import { purgeContent, workspaceAt } from "../../shared/workspace.js";
import { type CommonOptions, emit, type Register, withCommonOptions } from "../session.js";

export const registerPurge: Register = (program) => {
  withCommonOptions(program.command("purge"))
    .description("remove every file that may hold prompt or response text")
    .option("--dir <folder>", "workspace", ".")
    .addHelpText("after", "\nExample:\n  tokenop purge --dir my-workspace")
    .action(async (options: CommonOptions & { dir: string }) => {
      const removed = await purgeContent(workspaceAt(options.dir));
      const text =
        removed.length === 0 ? "Nothing to remove." : removed.map((path) => `removed ${path}`).join("\n");
      emit(options, { json: { removed }, text });
    });
};
