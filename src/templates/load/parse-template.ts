import { type LocatedYaml, type Position, readLocatedYaml } from "../../shared/artifact.js";
import { fromFileShape } from "../../shared/case.js";
import { type EnvironmentCondition, type Template, templateSchema } from "../contract.js";
import { LINT_FIX, type TemplateProblem } from "../problem.js";
import { hiddenInText, hiddenInValues } from "./hidden-characters.js";
import { schemaProblems } from "./schema-problems.js";

/** A template that fits the schema, and where each of its fields stands. */
export interface ParsedTemplate {
  readonly template: Template;
  readonly locate: LocatedYaml["locate"];
  /** Line of the file on which the body begins. */
  readonly bodyLine: number;
}

export type ParseResult =
  | { readonly parsed: ParsedTemplate }
  | { readonly problems: readonly [TemplateProblem, ...TemplateProblem[]] };

/** A template is prose and a page of data; anything larger is no template. */
const MAXIMUM_CHARACTERS = 262_144;

/** Reads the text of one template file against the schema. `file` is the name for messages. Pure. */
export function parseTemplate(text: string, file: string): ParseResult {
  const content = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const fence = /^---\n(?:[\s\S]*?\n)?---[ \t]*(?:\n|$)/.exec(content.slice(0, MAXIMUM_CHARACTERS));
  if (fence === null || content.length > MAXIMUM_CHARACTERS) return { problems: [noTemplate(content, file)] };
  const [hidden, ...more] = hiddenInText(content, file);
  if (hidden !== undefined) return { problems: [hidden, ...more] };
  // The opening line stays, as YAML's own document mark: positions are then those of the file.
  const yaml = readLocatedYaml(fence[0].trimEnd().replace(/---$/, ""));
  if ("fault" in yaml) return { problems: [notYaml(yaml.fault, yaml.position, file)] };
  const [escaped, ...others] = hiddenInValues(yaml, file);
  if (escaped !== undefined) return { problems: [escaped, ...others] };
  const checked = templateSchema.safeParse(yaml.value);
  if (!checked.success) return { problems: schemaProblems(checked.error, yaml, file) };
  const { environment_match, layer, ...rest } = checked.data;
  const frontmatter = fromFileShape(rest);
  const named = [frontmatter.optimization.lever].flat();
  const template: Template = {
    ...frontmatter,
    layers: [...new Set([layer].flat())],
    environmentMatch: Object.entries(environment_match).map(
      ([fact, wanted]) => ({ fact, wanted }) as EnvironmentCondition,
    ),
    levers: named.filter((lever) => lever !== "none"),
    body: content.slice(fence[0].length),
    file,
  };
  const bodyLine = fence[0].split("\n").length;
  return { parsed: { template, locate: yaml.locate, bodyLine } };
}

function noTemplate(content: string, file: string): TemplateProblem {
  const tooLong = content.length > MAXIMUM_CHARACTERS;
  const first = content.split("\n", 1)[0]!.slice(0, 40);
  return {
    code: "TOP-TEMPLATE-FORMAT",
    file,
    line: 1,
    column: 1,
    field: "",
    message: tooLong ? "the file is too long for a template" : "there is no frontmatter",
    found: tooLong ? `${content.length} characters` : JSON.stringify(first),
    expected: tooLong
      ? `at most ${MAXIMUM_CHARACTERS} characters`
      : "YAML between a first line --- and a second line ---",
    fix: LINT_FIX,
  };
}

function notYaml(fault: Error, position: Position | null, file: string): TemplateProblem {
  return {
    code: "TOP-TEMPLATE-SYNTAX",
    file,
    ...(position ?? { line: 1, column: 1 }),
    field: "",
    message: "the frontmatter is not valid YAML",
    found: (fault.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
    expected: "YAML; a text with a colon and a space stands in quotes or in a block (>-)",
    fix: LINT_FIX,
  };
}
