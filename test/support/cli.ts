import { type ExecFileException, execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON; throws where it is not. */
  json<T = Record<string, unknown>>(): T;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the built command line as its users do: a process of its own, with a home of its own and no terminal. */
export async function tokenop(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const cwd = options.cwd ?? (await temporaryFolder());
  const env = { PATH: process.env.PATH ?? "", HOME: cwd, NO_COLOR: "1", ...options.env };
  return new Promise((done) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd, env, maxBuffer: 256 * 1024 * 1024 },
      (error: ExecFileException | null, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        done({ code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T });
      },
    );
  });
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "tokenop-test-"));
}

export const cliPath = MAIN;
