import { z } from "zod";
import type { LocatedYaml } from "../../shared/artifact.js";
import { nearest } from "../../shared/nearest.js";
import { templateSchema } from "../contract.js";
import { LINT_FIX, type TemplateProblem } from "../problem.js";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const EXCERPT = 60;

/** Every way in which a frontmatter misses the schema, with its place in the file. */
export function schemaProblems(
  error: z.ZodError,
  yaml: LocatedYaml,
  file: string,
): [TemplateProblem, ...TemplateProblem[]] {
  const problems = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownKey(key, issue.path, yaml, file))
      : [wrongValue(issue, yaml, file)],
  );
  return problems.sort((a, b) => a.line - b.line || a.column - b.column) as [
    TemplateProblem,
    ...TemplateProblem[],
  ];
}

function unknownKey(key: string, path: Path, yaml: LocatedYaml, file: string): TemplateProblem {
  const known = keysAt(path);
  const meant = nearest(key, known);
  return {
    code: "TOP-TEMPLATE-KEY",
    file,
    ...yaml.locate([...path, key], { part: "key" }),
    field: fieldOf([...path, key]),
    message: `unknown key "${key}"`,
    found: `"${key}"`,
    expected: meant === null ? `one of ${known.join(", ")}` : `"${meant}", the nearest known key`,
    fix: LINT_FIX,
  };
}

function wrongValue(issue: Issue, yaml: LocatedYaml, file: string): TemplateProblem {
  const value = valueAt(yaml.value, issue.path);
  const isMissing = value === undefined;
  return {
    code: "TOP-TEMPLATE-SCHEMA",
    file,
    ...yaml.locate(issue.path),
    field: fieldOf(issue.path),
    message: isMissing ? "it is missing" : "the value does not fit",
    found: isMissing ? "nothing" : excerpt(value),
    expected: expectedOf(issue, value),
    fix: LINT_FIX,
  };
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text (in quotes where it looks like a number)",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a group of keys",
};

function expectedOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? issue.expected;
    case "invalid_value": {
      const values = issue.values.map(String);
      const meant = typeof value === "string" ? nearest(value, values) : null;
      return `one of ${values.join(", ")}${meant === null ? "" : `; the nearest is "${meant}"`}`;
    }
    case "invalid_union": {
      const choices = issue.errors.flatMap(([first]) =>
        first === undefined ? [] : [expectedOf(first, value)],
      );
      return [...new Set(choices)].join(", or ");
    }
    default:
      return issue.message.replace(/^expected /, "");
  }
}

/** Keys that the schema knows at a path of the frontmatter. */
function keysAt(path: Path): string[] {
  let schema: unknown = templateSchema;
  for (const step of path) {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodArray) schema = inner.element;
    else if (inner instanceof z.ZodObject) schema = inner.shape[String(step)];
  }
  const inner = unwrapped(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodNullable) {
    inner = inner.unwrap();
  }
  return inner;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
}

const fieldOf = (path: Path): string => path.map(String).join(".");

function excerpt(value: unknown): string {
  const text = jsonOf(value);
  return text.length <= EXCERPT ? text : `${text.slice(0, EXCERPT)}...`;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A YAML alias inside what it names.
    return "a value that contains itself";
  }
}
