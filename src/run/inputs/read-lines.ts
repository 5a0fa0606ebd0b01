import { basename } from "node:path";
import type { z } from "zod";
import { describeFileFault, UsageError } from "../../shared/errors.js";
import { readLines } from "../../shared/lines.js";

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** The way out shown with every fault. */
  readonly fix: string;
}

/**
 * Reads a JSON Lines file one checked line at a time; blank lines are passed over. Values are never quoted in a
 * message, since they may be content: type and length are given, numbers as they are.
 *
 * @throws UsageError TOP-RUN-INPUT for a file that cannot be read, TOP-RUN-LINE naming file, line and field.
 */
export async function* readJsonLines<S extends z.ZodType>(
  path: string,
  schema: S,
  options: ReadOptions,
): AsyncGenerator<{ readonly line: number; readonly value: z.infer<S> }> {
  const file = basename(path);
  try {
    for await (const { line, text, fault } of readLines(path, { signal: options.signal })) {
      if (text === null)
        throw lineError(file, line, null, fault === "too_long" ? "longer than 32 MiB" : "not UTF-8", options);
      if (text.trim() === "") continue;
      yield { line, value: parseLine(file, line, text, schema, options) };
    }
  } catch (cause) {
    const found = describeFileFault(cause);
    if (found === null) throw cause;
    throw new UsageError({
      code: "TOP-RUN-INPUT",
      message: `${file} cannot be read.`,
      found,
      fix: "Check the path and its permissions.",
      cause,
    });
  }
}

function parseLine<S extends z.ZodType>(
  file: string,
  line: number,
  text: string,
  schema: S,
  options: ReadOptions,
): z.infer<S> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw lineError(file, line, null, `${text.length} characters that are not one JSON value`, options);
  }
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const [field, ...inner] = issue.path;
  const found = field === undefined ? raw : valueAt(raw, [field, ...inner]);
  const name = issue.path.join(".") || null;
  throw lineError(file, line, name, `${issue.message}; found ${describeValue(found)}`, options);
}

function lineError(
  file: string,
  line: number,
  field: string | null,
  found: string,
  { fix }: ReadOptions,
): UsageError {
  const where = field === null ? "" : `, field "${field}"`;
  return new UsageError({
    code: "TOP-RUN-LINE",
    message: `${file}:${line}${where}: the line cannot be used.`,
    found,
    fix,
  });
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/** Type and size of a value, never its text; numbers as they are. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return `text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return `an object with ${Object.keys(value as object).length} fields`;
}
