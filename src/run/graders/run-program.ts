import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface ProgramOptions {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly [string, ...string[]];
  readonly input: string;
  readonly cwd: string | undefined;
  /** All that the program sees of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Over everything that it prints. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
}

export interface ProgramResult {
  /** `exit`: it ended by itself, which may still be a failure. */
  readonly ended: "exit" | "timeout" | "output";
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** What it wrote to file descriptor 3, apart from what it printed. */
  readonly report: string;
}

/** Descriptor of `ProgramResult.report`, beside the three that every program has. */
export const REPORT_DESCRIPTOR = 3;

/**
 * Runs a program to its end, within limits, and ends with it everything that it started in its process group.
 *
 * @throws the system's error where it cannot be started; the reason of `signal` where that ended it.
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const { command, cwd, signal, timeoutMs } = options;
  signal.throwIfAborted();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...options.env },
    // A group of its own, so that what it starts can be ended with it.
    detached: process.platform !== "win32",
    windowsHide: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  let ended: ProgramResult["ended"] = "exit";
  const end = (why: ProgramResult["ended"]): void => {
    if (ended === "exit") ended = why;
    killGroup(child);
    // A process that left the group could hold these open for ever.
    for (const stream of child.stdio) stream?.destroy();
  };
  const output = collect(child, options.maxOutputBytes, () => end("output"));
  const timer = setTimeout(() => end("timeout"), timeoutMs);
  const abort = (): void => end("exit");
  signal.addEventListener("abort", abort, { once: true });
  try {
    const exitCode = await closed(child, options.input);
    signal.throwIfAborted();
    return { ended, exitCode, stdout: output(1), report: output(REPORT_DESCRIPTOR) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function closed(child: ChildProcess, input: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", () => killGroup(child));
    child.on("close", resolve);
    // A program need not read its input: a closed pipe is no failure.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

/** Keeps standard output and the report; counts standard error too, and drops it. */
function collect(child: ChildProcess, limit: number, onLimit: () => void): (descriptor: number) => string {
  const chunks = new Map<number, Buffer[]>();
  let bytes = 0;
  for (const descriptor of [1, 2, REPORT_DESCRIPTOR]) {
    const kept: Buffer[] = [];
    chunks.set(descriptor, kept);
    const stream = child.stdio[descriptor] as Readable | null;
    stream?.on("error", () => {});
    stream?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) onLimit();
      else if (descriptor !== 2) kept.push(chunk);
    });
  }
  return (descriptor) => Buffer.concat(chunks.get(descriptor) ?? []).toString("utf8");
}
