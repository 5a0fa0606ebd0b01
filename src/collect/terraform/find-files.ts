import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { CollectOptions } from "../contract.js";
import { expandInputs } from "../inputs/expand-inputs.js";
import { isSkippedFolder, ownPaths } from "../inputs/own-files.js";

/** What a file is taken for by its name; a JSON file still has to show what it is. */
export type TerraformFileKind = "json" | "state" | "hcl";

export interface TerraformFile {
  readonly path: string;
  /** Relative to the folder that was searched, with forward slashes. */
  readonly label: string;
  readonly folder: string;
  readonly kind: TerraformFileKind;
  readonly bytes: number;
}

export interface FoundFiles {
  /** The folder that labels are relative to; no file outside of it is opened. */
  readonly root: string;
  readonly files: readonly TerraformFile[];
  /** Places that were left out, each with the reason. */
  readonly notes: readonly string[];
}

/** A folder is searched so deep and so far; a working folder is no disk. */
const DEEPEST = 8;
const MOST_ENTRIES = 50_000;

/** JSON files are looked into, unasked, where their name says what Terraform was told to write. */
const JSON_NAMES = /(^|[-_.])(tf)?(plan|state|show|terraform)([-_.]|\d|$)/i;

/** Files of Terraform: those that the user names, or those below the folder that is searched. */
export async function findFiles(options: CollectOptions): Promise<FoundFiles> {
  const named = options.inputs.length > 0;
  const root = named ? await commonFolder(options.inputs) : (options.searchDir ?? options.workspaceDir);
  const { paths, notes } = named ? await namedPaths(options.inputs) : await searched(root);
  const own = [...ownPaths(options.workspaceDir)];
  const kinds = paths.flatMap((path) => {
    const kind = own.some((mine) => path === mine || path.startsWith(`${mine}${sep}`))
      ? null
      : kindOf(path, named);
    return kind === null ? [] : [{ path, kind }];
  });
  const files = await Promise.all(kinds.map(({ path, kind }) => described(path, kind, root)));
  const jsonSyntax = paths.filter((path) => path.endsWith(".tf.json"));
  return {
    root,
    files: files.flatMap((file) => file ?? []),
    notes: [
      ...notes,
      ...jsonSyntax.map(
        (path) => `${labelOf(path, root)}: Terraform's JSON syntax is not read; terraform show -json is.`,
      ),
    ],
  };
}

function kindOf(path: string, named: boolean): TerraformFileKind | null {
  const name = basename(path);
  if (name.endsWith(".tf.json")) return null;
  if (name.endsWith(".tf") || /^terraform\.tfvars$|\.auto\.tfvars$/.test(name)) return "hcl";
  if (name.endsWith(".tfstate")) return "state";
  if (!name.endsWith(".json")) return null;
  return named || JSON_NAMES.test(name.slice(0, -".json".length)) ? "json" : null;
}

async function described(path: string, kind: TerraformFileKind, root: string): Promise<TerraformFile | null> {
  const info = await stat(path).catch(() => null);
  if (info === null || !info.isFile()) return null;
  const label = labelOf(path, root);
  return { path, label, folder: label.includes("/") ? dirname(label) : ".", kind, bytes: info.size };
}

const labelOf = (path: string, root: string): string => relative(root, path).split(sep).join("/");

async function namedPaths(inputs: readonly string[]): Promise<{ paths: string[]; notes: string[] }> {
  const files = await expandInputs(inputs);
  return {
    paths: files.filter(({ fault }) => fault === null).map(({ path }) => path),
    notes: files.flatMap(({ label, fault }) => (fault === null ? [] : [`${label}: ${fault}.`])),
  };
}

/** A folder is its own root; of several inputs it is the folder that holds them all. */
async function commonFolder(inputs: readonly string[]): Promise<string> {
  const folders = await Promise.all(
    inputs.map(async (input) => {
      const path = resolve(input);
      const info = await stat(path).catch(() => null);
      return info?.isDirectory() ? path : dirname(path);
    }),
  );
  let common = folders[0]!;
  while (!folders.every((folder) => folder === common || folder.startsWith(withSlash(common))))
    common = dirname(common);
  return common;
}

const withSlash = (folder: string): string => (folder.endsWith(sep) ? folder : `${folder}${sep}`);

/** Everything below a folder in a stable order, hidden folders (.terraform among them) and packages aside. */
async function searched(root: string): Promise<{ paths: string[]; notes: string[] }> {
  const paths: string[] = [];
  const notes: string[] = [];
  const waiting = [{ folder: root, depth: 0 }];
  let entriesSeen = 0;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const entries = await readdir(next.folder, { withFileTypes: true }).catch(() => []);
    entriesSeen += entries.length;
    if (entriesSeen > MOST_ENTRIES) {
      notes.push(
        `More than ${MOST_ENTRIES} files lie below this folder; Terraform files deeper in it were not looked for.`,
      );
      break;
    }
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = join(next.folder, entry.name);
      if (entry.isFile() && !entry.name.startsWith(".")) paths.push(path);
      const enters = entry.isDirectory() && !isSkippedFolder(entry.name) && next.depth < DEEPEST;
      if (enters) waiting.push({ folder: path, depth: next.depth + 1 });
    }
  }
  return { paths: paths.sort(), notes };
}
