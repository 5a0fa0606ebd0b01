import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { describeFileFault, UsageError } from "../../shared/errors.js";
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
  /** Why it cannot be read, where the scan saw that already. */
  readonly fault: string | null;
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
  if (info?.isFile()) return [{ path, label: basename(path), bytes: info.size, named: true, fault: null }];
  if (info?.isDirectory()) {
    const files = await walk(path, path).catch((error: unknown) => refuse(input, error));
    return files.length === 0 ? Promise.reject(nothing(input, "The folder holds no file.")) : files;
  }
  if (info !== null) throw nothing(input, "It is neither a file nor a folder.");
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
      if (deep && !isSkippedFolder(entry.name)) found.push(...(await walkInto(path, root)));
      continue;
    }
    if (entry.name.startsWith(".") || content.has(path)) continue;
    found.push(await lookAt(path, root));
  }
  return found;
}

/** A folder that cannot be read is named among the skipped; the rest of the scan goes on. */
async function walkInto(path: string, root: string): Promise<FoundFile[]> {
  return walk(path, root).catch((error: unknown) => [foundIn(root, path, 0, faultOf(error))]);
}

async function lookAt(path: string, root: string): Promise<FoundFile> {
  const info = await stat(path).catch(faultOf);
  if (typeof info === "string") return foundIn(root, path, 0, info);
  // A linked file is followed, a linked folder is not: it could lead round in a circle.
  const fault = info.isFile() ? null : info.isDirectory() ? "a linked folder" : "not a file";
  return foundIn(root, path, info.size, fault);
}

function foundIn(root: string, path: string, bytes: number, fault: string | null): FoundFile {
  return { path, label: forwardSlashes(relative(root, path)), bytes, named: false, fault };
}

/** As the end of "Skipped ...: "; anything that is not the file system's word is our bug. */
function faultOf(error: unknown): string {
  const fault = describeFileFault(error);
  if (fault === null) throw error;
  return fault.replace(/\.$/, "");
}

function refuse(input: string, error: unknown): never {
  throw nothing(input, `${faultOf(error)}.`);
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
