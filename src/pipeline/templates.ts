import { levers } from "../levers/index.js";
import type { TemplateMatch } from "../plan/index.js";
import { UsageError } from "../shared/errors.js";
import { nearest } from "../shared/nearest.js";
import { CATEGORIES, type Template } from "../templates/contract.js";
import {
  type CatalogueEntry,
  type FactValues,
  lintTemplates as lint,
  loadCatalogue,
  matchTemplate,
  readTemplates,
  SHIPPED,
  searchCatalogue,
  type TemplateProblem,
} from "../templates/index.js";

export interface CatalogueOptions {
  /** Templates of one's own beside the shipped ones; an equal id replaces. */
  readonly templatesDir?: string | undefined;
}

export interface ListTemplatesOptions extends CatalogueOptions {
  readonly category?: string | undefined;
  /** A layer, or `cross` for templates of two or more. */
  readonly layer?: string | undefined;
  /** Words that must all occur; best match first. Without it, all templates by id. */
  readonly search?: string | undefined;
}

/**
 * The catalogue, or what of it is asked for.
 *
 * @throws UsageError TOP-TEMPLATE-CATEGORY, and those of a template that cannot be loaded.
 */
export async function listTemplates(options: ListTemplatesOptions): Promise<CatalogueEntry[]> {
  const { category, layer, search } = options;
  if (category !== undefined) refuseUnknownCategory(category);
  const entries = await loadCatalogue({ ownDir: options.templatesDir });
  const chosen = entries.filter(
    ({ template }) =>
      (category === undefined || template.category === category) &&
      (layer === undefined || isOfLayer(template, layer)),
  );
  return search === undefined ? chosen : searchCatalogue(chosen, search);
}

function refuseUnknownCategory(category: string): void {
  if ((CATEGORIES as readonly string[]).includes(category)) return;
  const meant = nearest(category, CATEGORIES);
  throw new UsageError({
    code: "TOP-TEMPLATE-CATEGORY",
    message: `There is no category named "${category}".`,
    found: `Categories: ${CATEGORIES.join(", ")}.${meant === null ? "" : ` The nearest is "${meant}".`}`,
    fix: `Example: tokenop templates list --category ${meant ?? CATEGORIES[0]}`,
  });
}

function isOfLayer({ layers }: Template, layer: string): boolean {
  return layer === "cross" ? layers.length > 1 : (layers as readonly string[]).includes(layer);
}

/**
 * One template by its id.
 *
 * @throws UsageError TOP-TEMPLATE-UNKNOWN with the nearest id, and those of a template that cannot be loaded.
 */
export async function findTemplate(id: string, options: CatalogueOptions): Promise<CatalogueEntry> {
  const entries = await loadCatalogue({ ownDir: options.templatesDir });
  const entry = entries.find(({ template }) => template.id === id);
  if (entry !== undefined) return entry;
  const meant = nearest(
    id,
    entries.map(({ template }) => template.id),
  );
  throw new UsageError({
    code: "TOP-TEMPLATE-UNKNOWN",
    message: `There is no template named "${id}".`,
    found: meant === null ? `${entries.length} templates are known.` : `The nearest is "${meant}".`,
    fix: "List them: tokenop templates list, or search: tokenop templates search <text>",
  });
}

export interface LintResult {
  readonly checked: number;
  readonly problems: readonly TemplateProblem[];
}

/** Checks the files and folders named, or the user's folder, or the shipped catalogue. Changes nothing. */
export async function lintTemplates(
  options: CatalogueOptions & { readonly paths: readonly string[] },
): Promise<LintResult> {
  const own = options.paths.length > 0 ? options.paths : [options.templatesDir ?? SHIPPED];
  const { parsed, problems } = await readTemplates(own);
  const shipped = own.includes(SHIPPED) ? [] : (await readTemplates([SHIPPED])).parsed;
  const found = lint(parsed, {
    leverIds: levers.map(({ id }) => id),
    otherIds: shipped.map(({ template }) => template.id),
  });
  return {
    checked: new Set([...parsed.map(({ template }) => template.file), ...problems.map(({ file }) => file)])
      .size,
    problems: [...problems, ...found],
  };
}

/** Templates whose environment fits, or may fit where a fact is unknown; best match first, equal ones by id. */
export async function matchingTemplates(
  options: CatalogueOptions,
  facts: FactValues,
): Promise<TemplateMatch[]> {
  const entries = await loadCatalogue({ ownDir: options.templatesDir });
  return entries
    .map(({ template }) => ({ template, match: matchTemplate(template, facts) }))
    .filter(({ match }) => match.fits !== "no")
    .map(({ template, match }) => ({ id: template.id, levers: template.levers, score: match.score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}
