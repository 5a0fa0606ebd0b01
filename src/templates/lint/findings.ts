import { ExpressionFault } from "../expressions/fault.js";
import type { ParsedTemplate } from "../load/parse-template.js";
import { LINT_FIX, type TemplateProblem } from "../problem.js";

type Path = readonly PropertyKey[];

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly found: string;
  readonly expected: string;
  readonly fix?: string;
}

/** Collects what is wrong with one template; paths are those of the file, in snake_case. */
export class Findings {
  readonly problems: TemplateProblem[] = [];
  readonly #parsed: ParsedTemplate;

  constructor(parsed: ParsedTemplate) {
    this.#parsed = parsed;
  }

  /** At a field of the frontmatter, or at a character of its text. */
  at(path: Path, finding: Finding, offset = 0): void {
    const { template, locate } = this.#parsed;
    this.#push(locate(path, { offset }), path.map(String).join("."), finding, template.file);
  }

  /** In the body; `line` counts from 0 at its first line. */
  inBody(line: number, heading: string, finding: Finding): void {
    const { template, bodyLine } = this.#parsed;
    this.#push({ line: bodyLine + line, column: 1 }, heading, finding, template.file);
  }

  /** What `work` returns, or null and a problem where it meets a fault in the expression at `path`. */
  attempt<T>(code: string, path: Path, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      const { found, expected, offset } = error;
      const message = `character ${offset + 1} of the expression does not fit`;
      this.at(path, { code, message, found, expected }, offset);
      return null;
    }
  }

  #push(position: { line: number; column: number }, field: string, finding: Finding, file: string): void {
    this.problems.push({ file, ...position, field, fix: LINT_FIX, ...finding });
  }
}
