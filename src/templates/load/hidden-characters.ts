import type { LocatedYaml } from "../../shared/artifact.js";
import { LINT_FIX, type TemplateProblem } from "../problem.js";

/**
 * Control characters, zero-width ones and those that turn the direction of text: what a terminal would show is then not
 * what a shell would run, and people are asked to read commands before they run.
 */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Characters of a file that nobody can see, as they stand in it. */
export function hiddenInText(content: string, file: string): TemplateProblem[] {
  return content.split("\n").flatMap((text, index) => {
    const hidden = HIDDEN.exec(text);
    if (hidden === null) return [];
    return [problem(hidden[0], { file, line: index + 1, column: hidden.index + 1, field: "" })];
  });
}

/** The same written as escapes of YAML, such as "\x1b". */
export function hiddenInValues({ value, locate }: LocatedYaml, file: string): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const seen = new Set<unknown>();
  const walk = (inner: unknown, path: readonly PropertyKey[]): void => {
    if (typeof inner === "string") {
      const hidden = HIDDEN.exec(inner);
      if (hidden !== null) {
        problems.push(problem(hidden[0], { file, ...locate(path), field: path.map(String).join(".") }));
      }
    } else if (typeof inner === "object" && inner !== null && !seen.has(inner)) {
      seen.add(inner);
      for (const [key, entry] of Object.entries(inner)) walk(entry, [...path, key]);
    }
  };
  walk(value, []);
  return problems;
}

function problem(
  character: string,
  place: Pick<TemplateProblem, "file" | "line" | "column" | "field">,
): TemplateProblem {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return {
    code: "TOP-TEMPLATE-HIDDEN",
    ...place,
    message: "there is a character that cannot be seen",
    found: `U+${code}`,
    expected: "text in which what is shown is what is run",
    fix: LINT_FIX,
  };
}
