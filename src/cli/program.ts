import { Command, CommanderError } from "commander";
import { describeFileFault, EXIT, TokenOpError, UsageError } from "../shared/errors.js";
import { redactSecrets } from "../shared/log.js";
import { commands } from "./commands/index.js";
import { applyDefaults } from "./config.js";
import { printError } from "./session.js";

const EXIT_CODES = `
Exit codes: 0 done, 1 our fault, 2 usage, configuration or input, 3 a gate did not hold,
4 incomplete (budget, time or evidence ran out), 5 a source or provider failed, 130 interrupted.`;

/** The command tree. `onCode` receives the exit code of the command that ran. */
export function buildProgram(version: string, onCode: (code: number) => void): Command {
  const program = new Command("tokenop")
    .description("Finds, proves and ships LLM inference savings.")
    .version(version, "-V, --version", "print the version")
    .showSuggestionAfterError(true)
    .showHelpAfterError("Show every flag: tokenop <command> --help")
    .addHelpText("after", EXIT_CODES)
    .enablePositionalOptions()
    .exitOverride();
  for (const register of commands) register(program, { version, onCode });
  program.hook("preAction", async (_, command) => applyDefaults(command, process.env));
  pointToHelp(program.commands, "tokenop");
  return program;
}

/** After a wrong flag, where the right ones are listed; also for a verb of a command. */
function pointToHelp(commands: readonly Command[], above: string): void {
  for (const command of commands) {
    const name = `${above} ${command.name()}`;
    command.exitOverride().showHelpAfterError(`Show every flag: ${name} --help`);
    pointToHelp(command.commands, name);
  }
}

/** Runs one command line and returns its exit code; prints errors as three lines, never a stack, on stderr. */
export async function main(argv: readonly string[], version: string): Promise<number> {
  let code: number = EXIT.ok;
  process.stdout.on("error", endOutput);
  const program = buildProgram(version, (value) => {
    code = value;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    return report(error);
  }
}

/** A reader such as `head` that stops early is no fault; any other fault of stdout leaves the output incomplete. */
function endOutput(error: NodeJS.ErrnoException): void {
  process.exit(error.code === "EPIPE" ? EXIT.ok : report(error));
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version are not errors; commander has printed every other message already.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  const known = error instanceof TokenOpError ? error : fileError(error);
  if (known !== null) {
    printError(known);
    return known.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `error TOP-INTERNAL: TokenOp failed in a way it should not.\n  ${redactSecrets(text, process.env)}\n` +
      "  This is a bug in TokenOp: please report it with the lines above.\n",
  );
  return EXIT.internal;
}

/** What the file system refused is for the user to mend, wherever it came up. */
function fileError(error: unknown): TokenOpError | null {
  const fault = describeFileFault(error);
  if (fault === null) return null;
  const { path, syscall } = error as NodeJS.ErrnoException;
  return new UsageError({
    code: "TOP-FILE-ACCESS",
    message: `${path ?? "The output"} cannot be used (${syscall ?? "access"}).`,
    found: fault,
    fix: "Check the path, its permissions and the free space, or work elsewhere: --dir <folder>",
    cause: error,
  });
}
