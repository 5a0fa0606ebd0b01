import { UsageError } from "../shared/errors.js";

/** What is wrong with a template, where, and the way out. */
export interface TemplateProblem {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Dotted path in the frontmatter, a heading of the body, or "" for the file as a whole. */
  readonly field: string;
  /** One clause without a full stop. */
  readonly message: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
}

export const LINT_FIX =
  "See every problem: tokenop templates lint; the format is in docs/guide/templates.md.";

/** `file:line:column`, as editors take it. */
export const placeOf = ({ file, line, column }: TemplateProblem): string => `${file}:${line}:${column}`;

/** The first problem as an error (exit code 2), with the number of the others. */
export function templateError(problems: readonly [TemplateProblem, ...TemplateProblem[]]): UsageError {
  const [first, ...others] = problems;
  const rest = others.length === 0 ? "" : ` ${others.length} more after this one.`;
  return new UsageError({
    code: first.code,
    message: `${placeOf(first)}: ${first.field === "" ? "" : `${first.field}: `}${first.message}.`,
    found: `Found ${first.found}; expected ${first.expected}.${rest}`,
    fix: first.fix,
  });
}
