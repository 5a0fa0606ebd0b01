// RouteLLM's recorded answers of a weak and a strong model (Apache-2.0, lm-sys/RouteLLM), for every bench that reads
// them: one CSV a subject, `prompt` beside a column a model that says whether its answer was right.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";

const STRONG = "gpt-4-1106-preview";
const WEAK = "mistralai/Mixtral-8x7B-Instruct-v0.1";

/** Holds a folder a set, `mmlu/responses`; absent on most machines. */
export const RECORDED = fileURLToPath(
  new URL("../../../shared/data/routellm/routellm/evals", import.meta.url),
);
export const MMLU = join(RECORDED, "mmlu/responses");

/** Strong right 8 times of 270, weak 86 times: its grades are broken, and routing it would look like a gain. */
export const DEFECTIVE = "mmlu_high_school_mathematics";

/** Every prompt in the order of the files, its file as `group`, with 1 for each model that was right; null: no data. */
export function readResponses(folder) {
  if (!existsSync(folder)) return null;
  return readdirSync(folder)
    .filter((name) => name.endsWith(".csv"))
    .sort()
    .flatMap((name) =>
      parse(readFileSync(join(folder, name), "utf8"), { columns: true, relax_quotes: true }).map(
        (line, index) => ({
          id: `${name}/${index}`,
          group: name.replace(/\.csv$/, ""),
          prompt: line.prompt,
          weak: line[WEAK] === "True" ? 1 : 0,
          strong: line[STRONG] === "True" ? 1 : 0,
        }),
      ),
    );
}
