import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Grader } from "../contract.js";
import { CODE_HARNESS } from "./code-harness.js";
import { runProgram } from "./run-program.js";
import { acceptedTexts } from "./text.js";

const options = z.strictObject({
  timeout_ms: z
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe("Longest time for all tests of one answer."),
  memory_mb: z
    .int()
    .min(16)
    .max(16_384)
    .default(256)
    .describe("Limit of the JavaScript heap; buffers lie outside of it."),
  max_output_bytes: z.int().min(1_024).max(16_777_216).default(1_048_576).describe("Most that it may print."),
});

const JAVASCRIPT_TAGS = new Set(["", "js", "javascript", "mjs", "cjs", "node"]);
const FENCE = /^[ \t]*```[ \t]*([^\s`]*)/;

export const code: Grader = {
  id: "code",
  summary:
    "Share of the reference's tests that the answer's JavaScript passes, run in a process of its own with limits.",
  options,
  executes: true,
  grade: async ({ response, reference, options: given, host }) => {
    const { timeout_ms, memory_mb, max_output_bytes } = options.parse(given);
    const tests = acceptedTexts(reference);
    if (tests === null) return null;
    // An empty folder: the code finds nothing there, and what it writes goes with it.
    const cwd = await mkdtemp(join(tmpdir(), "tokenop-code-"));
    try {
      const { ended, report } = await runProgram({
        command: [process.execPath, `--max-old-space-size=${memory_mb}`, "-e", CODE_HARNESS],
        // Through a pipe, so that neither code nor tests touch the disk.
        input: JSON.stringify({ code: codeOf(response), tests }),
        cwd,
        env: {},
        timeoutMs: timeout_ms,
        maxOutputBytes: max_output_bytes,
        signal: host.signal,
      });
      return ended === "exit" ? passedShare(report, tests.length) : 0;
    } finally {
      // Code may have closed a folder of its own against us: what cannot be removed must not end the run.
      await rm(cwd, { recursive: true, force: true }).catch(() => undefined);
    }
  },
};

/** The first JavaScript or unnamed code block, also one that was cut short; an answer without one as it is. */
export function codeOf(response: string): string {
  let block: { readonly isJavaScript: boolean; readonly lines: string[] } | null = null;
  for (const line of response.split(/\r?\n/)) {
    const tag = FENCE.exec(line)?.[1];
    if (block === null) {
      if (tag !== undefined) block = { isJavaScript: JAVASCRIPT_TAGS.has(tag.toLowerCase()), lines: [] };
    } else if (tag !== "") block.lines.push(line);
    else if (block.isJavaScript) break;
    else block = null;
  }
  return block?.isJavaScript === true ? block.lines.join("\n") : response;
}

/** The report is one digit a test. One that is cut short, or holds anything else, comes from code that broke off. */
function passedShare(report: string, tests: number): number {
  if (!/^[01]+$/.test(report) || report.length !== tests) return 0;
  return [...report].filter((digit) => digit === "1").length / tests;
}
