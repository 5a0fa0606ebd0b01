import { homedir } from "node:os";
import type { Command } from "commander";
import pc from "picocolors";
import type { Context } from "../shared/context.js";
import { describeError, EXIT, type TokenOpError } from "../shared/errors.js";
import { type Logger, redactSecrets } from "../shared/log.js";

/** What `program.ts` gives to each command file. */
export interface CommandHost {
  readonly version: string;
  readonly onCode: (code: number) => void;
}

export type Register = (program: Command, host: CommandHost) => void;

export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

/** The flags that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("--json", "print the result as JSON on stdout, everything else on stderr")
    .option("--quiet", "print no progress and no notes")
    .option("--no-color", "print without colour (NO_COLOR and CI are honoured too)");
}

/** The context of this process: real clock, real environment, stderr for talk, Ctrl-C as an abort signal. */
export function createContext(options: CommonOptions, host: CommandHost): Context {
  const controller = new AbortController();
  const interrupt = (): void => {
    // A second signal ends at once; the first lets the stage write what it has.
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error("interrupted"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return {
    now: () => new Date(),
    env: process.env,
    homeDir: process.env.HOME ?? homedir(),
    signal: controller.signal,
    log: options.quiet === true ? quietLogger : createLogger(),
    version: host.version,
  };
}

const quietLogger: Logger = { info() {}, progress() {}, warn: (message) => writeNote("warning", message) };

function writeNote(kind: "note" | "warning", message: string): void {
  const label = kind === "warning" ? pc.yellow("warning: ") : "";
  process.stderr.write(`${label}${redactSecrets(message, process.env)}\n`);
}

function createLogger(): Logger {
  const watched = process.stderr.isTTY === true && process.env.CI === undefined;
  const told = new Set<string>();
  let lineOpen = false;
  const closeLine = (): void => {
    if (lineOpen) process.stderr.write("\r\u001b[K");
    lineOpen = false;
  };
  return {
    info: (message) => {
      closeLine();
      writeNote("note", message);
    },
    warn: (message) => {
      closeLine();
      writeNote("warning", message);
    },
    progress: (stage, fraction, detail) => {
      if (!watched) {
        // One line a stage where nobody watches, so that a CI log stays readable. Sources are read side by side: their
        // stages take turns.
        if (!told.has(stage)) process.stderr.write(`${stage} ...\n`);
        told.add(stage);
        return;
      }
      const percent = fraction === null ? "" : ` ${String(Math.floor(fraction * 100)).padStart(3)} %`;
      process.stderr.write(
        `\r\u001b[K${pc.dim(`${stage}${percent}${detail === undefined ? "" : ` ${detail}`}`)}`,
      );
      lineOpen = true;
      if (fraction === 1) closeLine();
    },
  };
}

/** Three lines on stderr: what, found, way out. */
export function printError(error: TokenOpError): void {
  process.stderr.write(`${redactSecrets(describeError(error), process.env)}\n`);
}

/** Ends with the error's code after the result was printed: what was done is kept, but it is not good enough. */
export function fail(error: TokenOpError, host: CommandHost): void {
  host.onCode(error.exitCode);
  printError(error);
}

/** Prints a command's result: JSON alone on stdout, or text on stdout with files and next step on stderr. */
export function emit(
  options: CommonOptions,
  result: {
    readonly json: unknown;
    readonly text: string;
    readonly written?: readonly string[];
    readonly next?: string;
  },
): void {
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(result.json, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${result.text}\n`);
  if (options.quiet === true) return;
  for (const path of result.written ?? []) process.stderr.write(`${pc.dim("wrote")} ${path}\n`);
  if (result.next !== undefined) process.stderr.write(`${pc.dim("next")}  ${result.next}\n`);
}
