import { z } from "zod";
import { readLocatedYaml } from "../shared/artifact.js";
import { type Camel, fromFileShape } from "../shared/case.js";
import { UsageError } from "../shared/errors.js";
import { nearest } from "../shared/nearest.js";

/** Code of a file on hardware, fleets or benchmarks that cannot be read. */
export const MISSING = "TOP-HARDWARE-MISSING";

/**
 * YAML (or JSON) against a strict schema, camelCase.
 *
 * @throws UsageError TOP-HARDWARE-FILE with file, line and field; for an unknown key with the nearest known one.
 */
export function readYaml<S extends z.ZodType>(
  text: string,
  path: string,
  schema: S,
  fix: string,
): Camel<z.infer<S>> {
  const yaml = readLocatedYaml(text);
  if ("fault" in yaml) {
    const line = yaml.position === null ? "" : `:${yaml.position.line}`;
    throw faulty(`${path}${line} is not valid YAML.`, yaml.fault.message.split("\n")[0]!, fix);
  }
  const parsed = schema.safeParse(yaml.value);
  if (parsed.success) return fromFileShape(parsed.data);
  const issue = parsed.error.issues[0]!;
  if (issue.code !== "unrecognized_keys") {
    const place = `${path}:${yaml.locate(issue.path).line}`;
    throw faulty(`${place}: field "${issue.path.join(".") || "(document)"}": ${issue.message}.`, null, fix);
  }
  const key = issue.keys[0]!;
  const field = [...issue.path, key];
  const meant = nearest(key, keysAt(schema, issue.path));
  throw faulty(
    `${path}:${yaml.locate(field, { part: "key" }).line}: unknown key "${field.join(".")}".`,
    meant === null
      ? `Known keys here: ${keysAt(schema, issue.path).join(", ")}.`
      : `The nearest known key is "${meant}".`,
    fix,
  );
}

function faulty(message: string, found: string | null, fix: string): UsageError {
  return new UsageError({
    code: "TOP-HARDWARE-FILE",
    message,
    ...(found === null ? {} : { found }),
    fix,
  });
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Keys that a schema knows at a place of a document. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const spread = (at: JsonSchema): JsonSchema[] => [at, ...(at.anyOf ?? []).flatMap(spread)];
  let here = spread(root);
  for (const step of path) {
    here = here.flatMap((at) => {
      const next = typeof step === "number" ? at.items : at.properties?.[String(step)];
      return next === undefined ? [] : spread(next);
    });
  }
  return [...new Set(here.flatMap((at) => Object.keys(at.properties ?? {})))];
}
