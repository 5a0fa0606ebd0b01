import type { Grader } from "../contract.js";
import { code } from "./code.js";
import { command } from "./command.js";
import { contains } from "./contains.js";
import { embedding } from "./embedding.js";
import { exact } from "./exact.js";
import { jsonFieldMatch } from "./json-field-match.js";
import { jsonSchema } from "./json-schema.js";
import { judge } from "./judge.js";
import { labelF1 } from "./label-f1.js";
import { numeric } from "./numeric.js";
import { recordedScore } from "./recorded-score.js";
import { regex } from "./regex.js";
import { rougeL } from "./rouge-l.js";
import { similarity } from "./similarity.js";

/** Every grader. CLI lists, checks of prompts and docs are derived from here. */
export const GRADERS: readonly Grader[] = [
  exact,
  numeric,
  contains,
  regex,
  jsonSchema,
  jsonFieldMatch,
  labelF1,
  rougeL,
  similarity,
  embedding,
  judge,
  command,
  code,
  recordedScore,
];

export function findGrader(id: string): Grader | undefined {
  return GRADERS.find((grader) => grader.id === id);
}
