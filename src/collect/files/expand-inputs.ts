import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { UsageError } from "../../shared/errors.js";
import { globPattern, isGlob } from "./glob.js";
import { contentOf, isSkippedFolder } from "./own-files.js";

/** A file that an input stands for, before anything is known about what it holds. */
export interface FoundFile {
  readonly path: string;
  /** Relative to the folder that the user named, with forward slashes; the name alone for a named file. */
  readonly label: string;
  readonly bytes: number;
  /** Named by its own path: taken even where a folder scan would leave it out. */
  readonly named: boolean;
}

const forwardSlashes = (path: string): string => path.split(sep).join("/");

/**
 * Files that the user's inputs (absolute, or relative to the current folder) stand for: files as they are, folders with everything below, globs. In the order of
 * the inputs, sorted by label within one; a file reached twice counts once.
 *
 * Throws `TOP-COLLECT-INPUT` for an input that stands for nothing.
 */
export async function expandInputs(inputs: readonly string[]): Promise<readonly FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const input of inputs) {
    const files = await expandInput(resolve(input), input);
    for (const file of files) if (!found.has(file.path)) found.set(file.path, file);
  }
  return withDistinctLabels([...found.values()]);
}

async function expandInput(path: string, input: string): Promise<FoundFile[]> {
  const info = await stat(path).catch(() => null);
  if (info?.isFile()) return [{ path, label: basename(path), bytes: info.size, named: true }];
  if (info?.isDirectory()) {
    const files = await walk(path, path);
    return files.length === 0 ? Promise.reject(nothing(input, "The folder holds no file.")) : files;
  }
  if (!isGlob(path)) throw nothing(input, "There is no such file or folder.");
  const { base, matches } = globPattern(path);
  const files = (await walk(base, base).catch(() => [])).filter((file) => matches(file.path));
  if (files.length === 0) throw nothing(input, "No file fits the pattern.");
  return files;
}

/** Files of one folder only, for a run in which nothing was named. */
export async function filesIn(folder: string): Promise<FoundFile[]> {
  return walk(folder, folder, false);
}

async function walk(folder: string, root: string, deep = true): Promise<FoundFile[]> {
  const content = await contentOf(folder);
  const entries = await readdir(folder, { withFileTypes: true });
  const found: FoundFile[] = [];
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (deep && !isSkippedFolder(entry.name)) found.push(...(await walk(path, root)));
      continue;
    }
    if (entry.name.startsWith(".") || content.has(path)) continue;
    // A linked file is followed, a linked folder is not: it could lead round in a circle.
    const info = await stat(path).catch(() => null);
    if (info?.isFile() !== true) continue;
    found.push({ path, label: forwardSlashes(relative(root, path)), bytes: info.size, named: false });
  }
  return found;
}

/** Two inputs may hold files of one name; messages and counts must still tell them apart. */
function withDistinctLabels(files: readonly FoundFile[]): FoundFile[] {
  const seen = new Map<string, number>();
  const clashing = new Set<string>();
  for (const { label } of files) {
    if (seen.has(label)) clashing.add(label);
    seen.set(label, 0);
  }
  return files.map((file) => {
    if (!clashing.has(file.label)) return file;
    const label = `${basename(dirname(file.path))}/${basename(file.path)}`;
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return { ...file, label: count === 1 ? label : `${label} (${count})` };
  });
}

function nothing(input: string, found: string): UsageError {
  return new UsageError({
    code: "TOP-COLLECT-INPUT",
    message: `Nothing to read at ${input}.`,
    found,
    fix: "Name a file, a folder or a quoted pattern: tokenop discover --input-dir <folder>",
  });
}
