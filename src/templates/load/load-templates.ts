import { readdir, readFile, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "../../shared/artifact.js";
import { describeFileFault, UsageError } from "../../shared/errors.js";
import type { Template } from "../contract.js";
import { checkForm } from "../lint/check-form.js";
import { type TemplateProblem, templateError } from "../problem.js";
import { type KnownTemplates, readKnown } from "./known-templates.js";
import { type ParsedTemplate, parseTemplate } from "./parse-template.js";

/** The catalogue ships at the package root, three levels up from src/templates/load and from dist alike. */
export const SHIPPED = fileURLToPath(new URL("../../../templates", import.meta.url));

/** What stands in the files, whether it can be used or not. */
export interface TemplateFiles {
  readonly parsed: readonly ParsedTemplate[];
  /** Of files that fit no template at all. */
  readonly problems: readonly TemplateProblem[];
}

/**
 * Reads files, and every template in folders. In a folder, files outside `*-layer` folders are prose of other kinds
 * (reviews, a README) and are left alone, unless the folder has no `*-layer` folder at all.
 *
 * @throws UsageError TOP-TEMPLATE-MISSING where a path cannot be read or holds no template.
 */
export async function readTemplates(paths: readonly string[]): Promise<TemplateFiles> {
  const parsed: ParsedTemplate[] = [];
  const problems: TemplateProblem[] = [];
  for (const path of paths) {
    for (const { file, name } of await filesAt(path)) {
      const result = parseTemplate(await readFile(file, "utf8"), name);
      if ("parsed" in result) parsed.push(result.parsed);
      else problems.push(...result.problems);
    }
  }
  return { parsed, problems };
}

interface TemplateFile {
  readonly file: string;
  /** For messages and artifacts: free of folders of this machine for the shipped catalogue. */
  readonly name: string;
}

async function filesAt(path: string): Promise<TemplateFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ file: path, name: path }];
    const entries = await readdir(path, { recursive: true });
    const pages = entries.map((entry) => entry.split(sep).join("/")).filter((entry) => entry.endsWith(".md"));
    const layered = pages.filter((entry) => /(^|\/)[a-z]+-layer\/[^/]+\.md$/.test(entry));
    const chosen = (layered.length > 0 ? layered : pages).sort();
    if (chosen.length === 0) throw missing(path, "There is no .md file in it.");
    const shown = path === SHIPPED ? "templates" : path;
    return chosen.map((entry) => ({
      file: join(path, entry),
      name: join(shown, entry).split(sep).join("/"),
    }));
  } catch (cause) {
    const fault = describeFileFault(cause);
    if (fault === null) throw cause;
    throw missing(path, fault, cause);
  }
}

function missing(path: string, found: string, cause?: unknown): UsageError {
  return new UsageError({
    code: "TOP-TEMPLATE-MISSING",
    message: `${path} cannot be read as templates.`,
    found,
    fix: "Name a template file or a folder of them: --templates-dir <folder>. The format is in docs/guide/templates.md.",
    cause,
  });
}

/** Where a template comes from: what did not ship with the package is shown before any of its commands runs. */
export type Origin = "shipped" | "own";

export interface CatalogueEntry {
  readonly template: Template;
  readonly origin: Origin;
}

/** The shipped templates that can be used, for the build to note. */
export async function shippedByHash(): Promise<KnownTemplates> {
  const known = new Map<string, Template>();
  for (const { file, name } of await filesAt(SHIPPED)) {
    const text = await readFile(file, "utf8");
    const result = parseTemplate(text, name);
    if ("parsed" in result && checkForm(result.parsed).length === 0)
      known.set(sha256(text), result.parsed.template);
  }
  return known;
}

/**
 * The shipped templates and, from `ownDir`, the user's; one of the user's own replaces a shipped one of the same id.
 * Sorted by id.
 *
 * @param options.known what need not be read and checked again; default: what the build noted.
 * @throws UsageError of the first problem: a template that is not wholly understood is not used.
 */
export async function loadCatalogue(
  options: { readonly ownDir?: string | undefined; readonly known?: KnownTemplates } = {},
): Promise<CatalogueEntry[]> {
  const known = options.known ?? (await readKnown());
  const entries = new Map<string, CatalogueEntry>();
  for (const template of await loadFolder(SHIPPED, known))
    entries.set(template.id, { template, origin: "shipped" });
  if (options.ownDir !== undefined) {
    for (const template of await loadFolder(options.ownDir, known))
      entries.set(template.id, { template, origin: "own" });
  }
  return [...entries.values()].sort((a, b) => (a.template.id < b.template.id ? -1 : 1));
}

async function loadFolder(folder: string, known: KnownTemplates): Promise<Template[]> {
  const templates: Template[] = [];
  const unreadable: TemplateProblem[] = [];
  const malformed: TemplateProblem[] = [];
  for (const { file, name } of await filesAt(folder)) {
    const text = await readFile(file, "utf8");
    const before = known.get(sha256(text));
    const result = before === undefined ? parseTemplate(text, name) : null;
    if (result === null) templates.push({ ...before!, file: name });
    else if ("parsed" in result) {
      templates.push(result.parsed.template);
      malformed.push(...checkForm(result.parsed));
    } else unreadable.push(...result.problems);
  }
  const [first, ...others] = [...unreadable, ...malformed];
  if (first !== undefined) throw templateError([first, ...others]);
  return templates;
}
