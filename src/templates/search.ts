import type { Template } from "./contract.js";
import type { CatalogueEntry } from "./load/load-templates.js";

/** A word in the name says more than one in the body. */
const WEIGHTS = { name: 8, summary: 3, body: 1 } as const;

/** Entries in which every word of `text` occurs, case aside; best match first, equal ones by id. Pure. */
export function searchCatalogue(entries: readonly CatalogueEntry[], text: string): CatalogueEntry[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return entries
    .map((entry) => ({ entry, score: scoreOf(entry.template, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || (a.entry.template.id < b.entry.template.id ? -1 : 1))
    .map(({ entry }) => entry);
}

function scoreOf(template: Template, words: readonly string[]): number {
  const { id, name, description, category, levers, layers, optimization, body } = template;
  const fields = {
    name: `${id} ${name}`.toLowerCase(),
    summary: [description, category, ...levers, ...layers, optimization.technique].join(" ").toLowerCase(),
    body: body.toLowerCase(),
  };
  const scores = words.map((word) =>
    Object.entries(WEIGHTS).reduce(
      (sum, [field, weight]) => sum + (fields[field as keyof typeof WEIGHTS].includes(word) ? weight : 0),
      0,
    ),
  );
  return scores.every((score) => score > 0) ? scores.reduce((sum, score) => sum + score, 0) : 0;
}
