import type { Grader } from "../contract.js";
import { contains } from "./contains.js";
import { exact } from "./exact.js";
import { jsonSchema } from "./json-schema.js";
import { numeric } from "./numeric.js";
import { recordedScore } from "./recorded-score.js";
import { regex } from "./regex.js";

/** Every grader. CLI lists, checks of prompts and docs are derived from here. */
export const GRADERS: readonly Grader[] = [exact, numeric, contains, regex, jsonSchema, recordedScore];

export function findGrader(id: string): Grader | undefined {
  return GRADERS.find((grader) => grader.id === id);
}
