import { createContext, Script } from "node:vm";
import { z } from "zod";
import type { Grader } from "../contract.js";

/** Answers are cut here before matching: no pattern needs more, and time grows with length. */
export const REGEX_TEXT_LIMIT = 100_000;
/** A pattern that backtracks longer than this on one answer leaves the answer ungraded. */
export const REGEX_TIME_LIMIT_MS = 250;

const pattern = z.string().min(1).max(2_000);
const patterns = z
  .union([pattern, z.array(pattern)])
  .transform((value) => (typeof value === "string" ? [value] : value))
  .default([]);

const options = z
  .strictObject({
    required: patterns.describe("Patterns that must all match."),
    forbidden: patterns.describe("Patterns of which none may match."),
    flags: z
      .string()
      .regex(/^[imsu]*$/, 'expected letters of "imsu"')
      .default("u")
      .describe("JavaScript flags: i, m, s, u."),
  })
  .refine((value) => value.required.length + value.forbidden.length > 0, { message: "expected a pattern" })
  .refine((value) => [...value.required, ...value.forbidden].every((text) => compiles(text, value.flags)), {
    message: "expected valid JavaScript regular expressions",
  });

export const regex: Grader = {
  id: "regex",
  summary: "1 if every required pattern matches the answer and no forbidden one does.",
  options,
  grade: (input) => {
    const { required, forbidden, flags } = options.parse(input.options);
    const text = input.response.slice(0, REGEX_TEXT_LIMIT);
    let passes = true;
    for (const [list, expected] of [[required, true] as const, [forbidden, false] as const]) {
      for (const source of list) {
        const matched = matchesInTime(source, flags, text);
        if (matched === null) return null;
        if (matched !== expected) passes = false;
      }
    }
    return passes ? 1 : 0;
  },
};

function compiles(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}

// The pattern is the user's and the text is a model's, so together they may backtrack without end; only a script
// with a time limit can be stopped in the middle of a match. It sees nothing but pattern and text.
const matchScript = new Script("pattern.test(text)");

/** null when the time ran out. */
function matchesInTime(source: string, flags: string, text: string): boolean | null {
  const sandbox = createContext({ pattern: new RegExp(source, flags), text });
  try {
    return matchScript.runInContext(sandbox, { timeout: REGEX_TIME_LIMIT_MS }) === true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return null;
    throw error;
  }
}
