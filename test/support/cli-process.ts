import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { cliPath } from "./cli.js";

export interface RunningCli {
  readonly child: ChildProcess;
  /** Exit code, or the signal that ended the process. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts the built command line and leaves it running, so that a test can interrupt it. */
export function startTokenop(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): RunningCli {
  const env = { PATH: process.env.PATH ?? "", HOME: options.cwd, NO_COLOR: "1", ...options.env };
  const child = spawn(process.execPath, [cliPath, ...args], { cwd: options.cwd, env, stdio: "ignore" });
  const ended = new Promise<number | NodeJS.Signals>((done) => {
    child.on("exit", (code, signal) => done(code ?? signal ?? 1));
  });
  return { child, ended };
}

/** Waits until `condition` holds; the test's own time limit ends it where it never does. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}
