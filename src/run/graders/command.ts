import { z } from "zod";
import { UsageError } from "../../shared/errors.js";
import type { Grader, Score } from "../contract.js";
import { type ProgramResult, runProgram } from "./run-program.js";

const OUTPUT_LIMIT_BYTES = 65_536;

const options = z.strictObject({
  command: z
    .tuple([z.string().min(1)], z.string())
    .describe("The program and its arguments, as a list. No shell reads it."),
  timeout_ms: z
    .int()
    .min(1)
    .max(600_000)
    .default(30_000)
    .describe("Longest time for one answer; then it has no grade."),
});

/** What programs need to start at all. Everything else stays behind: keys live in the environment. */
const PASSED_ENVIRONMENT = new Set([
  "PATH",
  "HOME",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
  "TEMP",
  "TMP",
  "SYSTEMROOT",
  "PATHEXT",
  "USERPROFILE",
]);

export const command: Grader = {
  id: "command",
  summary:
    'The score that a program of yours prints: it reads {"response", "reference"} as JSON and prints a number from 0 to 1.',
  options,
  executes: true,
  grade: async ({ response, reference, options: given, host }) => {
    const { command, timeout_ms } = options.parse(given);
    const [program] = command;
    const env = Object.fromEntries(
      Object.entries(host.env).filter(([name]) => PASSED_ENVIRONMENT.has(name.toUpperCase())),
    );
    const input = `${JSON.stringify({ response, reference: reference ?? null })}\n`;
    const limits = { timeoutMs: timeout_ms, maxOutputBytes: OUTPUT_LIMIT_BYTES, signal: host.signal };
    try {
      return scoreOf(await runProgram({ command, input, cwd: undefined, env, ...limits }));
    } catch (cause) {
      if (host.signal.aborted) throw cause;
      throw new UsageError({
        code: "TOP-RUN-COMMAND",
        message: `The grader's program "${program}" cannot be started.`,
        found: `The system says ${(cause as NodeJS.ErrnoException).code ?? "nothing more"}.`,
        fix: 'Give its path, make it executable, or name what runs it first: ["python3", "score.py"]',
        cause,
      });
    }
  },
};

/** A failure of the program says nothing about the answer, so it never scores 0. */
function scoreOf({ ended, exitCode, stdout }: ProgramResult): Score {
  if (ended === "timeout") return { missing: "ran out of time" };
  if (ended === "output") return { missing: "printed too much" };
  if (exitCode !== 0)
    return { missing: exitCode === null ? "was killed" : `ended with exit code ${exitCode}` };
  const printed = stdout.trim();
  const score = /^[\d.eE+-]+$/.test(printed) ? Number(printed) : Number.NaN;
  return score >= 0 && score <= 1 ? score : { missing: "printed no number from 0 to 1" };
}
