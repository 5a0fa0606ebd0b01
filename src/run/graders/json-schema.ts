import { Ajv, type ValidateFunction } from "ajv";
import { z } from "zod";
import type { Grader } from "../contract.js";
import { parseJson, withoutFence } from "./json-text.js";

const options = z
  .strictObject({
    schema: z.record(z.string(), z.unknown()).describe("JSON Schema (draft 7) that the answer must fit."),
    fences: z.boolean().default(true).describe("A Markdown code fence around the answer is taken off first."),
  })
  .refine((value) => compile(value.schema) !== null, { message: "expected a valid JSON Schema" });

export const jsonSchema: Grader = {
  id: "json-schema",
  summary:
    "0 unless the answer is JSON that fits the schema; then the share of the reference's leaves it matches.",
  options,
  grade: (input) => {
    const { schema, fences } = options.parse(input.options);
    const answer = parseJson(fences ? withoutFence(input.response) : input.response);
    if (answer === undefined || compile(schema)?.(answer) !== true) return 0;
    const reference = input.reference;
    return typeof reference === "object" && reference !== null ? leafMatch(answer, reference) : 1;
  },
};

const compiled = new Map<string, ValidateFunction | null>();

/** null for a schema that Ajv refuses, or that would validate asynchronously and so could never be answered here. */
function compile(schema: Readonly<Record<string, unknown>>): ValidateFunction | null {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  let validate: ValidateFunction | null = null;
  try {
    if (schema.$async === undefined) {
      validate = new Ajv({
        strict: false,
        validateFormats: false,
        logger: false,
        addUsedSchema: false,
      }).compile(schema);
    }
  } catch {
    validate = null;
  }
  compiled.set(key, validate);
  return validate;
}

/** Mean over the reference's leaves of an equal leaf at the same path; fields it does not name are ignored. */
function leafMatch(answer: unknown, reference: unknown): number {
  let leaves = 0;
  let equal = 0;
  const visit = (expected: unknown, found: unknown): void => {
    if (typeof expected === "object" && expected !== null && Object.keys(expected).length > 0) {
      const other = typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
      for (const [key, value] of Object.entries(expected))
        visit(value, Object.hasOwn(other, key) ? other[key] : undefined);
      return;
    }
    leaves += 1;
    if (JSON.stringify(expected) === JSON.stringify(found)) equal += 1;
  };
  visit(reference, answer);
  return equal / leaves;
}
