import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { sha256 } from "../../shared/artifact.js";
import type { Context } from "../../shared/context.js";
import { UsageError } from "../../shared/errors.js";
import { workspaceAt } from "../../shared/workspace.js";
import type { CollectOptions } from "../contract.js";
import type { Agent } from "./agent.js";
import { agents } from "./agents.js";

export interface SessionFile {
  readonly path: string;
  /** Shown to users and kept in artifacts: the project's folder name stands there as its hash. */
  readonly label: string;
  /** The project's folder name; personal data, never to leave the collector. */
  readonly project: string | null;
}

/** A folder (or one file) to look in; the agent is null where the user named it and the lines must tell. */
export interface Place {
  readonly path: string;
  readonly agent: Agent | null;
}

/** Where the session files are: what the user named, else each agent's own folders. */
export async function findPlaces(options: CollectOptions, context: Context): Promise<readonly Place[]> {
  if (options.inputs.length === 0) {
    return agents.flatMap((agent) =>
      agent.folders(context.env, context.homeDir).map((path) => ({ path, agent })),
    );
  }
  const named = await Promise.all(options.inputs.map((input) => insideConfigFolder(resolve(input))));
  return named.flat().map((path) => ({ path, agent: null }));
}

/** A configuration folder also holds histories and settings; only its session folders are of interest. */
async function insideConfigFolder(path: string): Promise<readonly string[]> {
  const inside = agents.flatMap((agent) => agent.folderNames).map((name) => join(path, name));
  const present = await Promise.all(inside.map(isFolder));
  const folders = inside.filter((_, index) => present[index]);
  return folders.length > 0 ? folders : [path];
}

/** Every `.jsonl` file of a place, without opening any. An absent or closed folder has none. */
export async function listSessionFiles(place: Place, options: CollectOptions): Promise<readonly string[]> {
  const found = (await isFolder(place.path)) ? await walk(place.path) : await singleFile(place.path);
  return found.filter((path) => !isWorkspaceFile(path, options.workspaceDir));
}

/** Throws `TOP-COLLECT-INPUT` for a named input that is not there. */
export async function requireInputs(options: CollectOptions): Promise<void> {
  for (const input of options.inputs) {
    const present = await stat(input).catch(() => null);
    if (present !== null) continue;
    throw new UsageError({
      code: "TOP-COLLECT-INPUT",
      message: `${input} cannot be read.`,
      found: "There is no such file or folder, or it is closed to this user.",
      fix: "Name the folder that holds the session files: tokenop discover --collectors local-agents --input-dir <folder>",
    });
  }
}

/** Describes a file of `agent` that was found below `root`. */
export function describeFile(path: string, root: string, agent: Agent): SessionFile {
  const project = agent.projectInPath ? projectOf(path, root) : null;
  const inside = path === root ? basename(path) : relative(root, path);
  const shown = inside.split(sep).map((part) => (part === project ? hashProject(part) : part));
  return { path, label: [agent.id, ...shown].join("/"), project };
}

/** Sorted the way the agent needs; two names for the same file (a linked folder) count once. */
export async function inReadingOrder(
  files: readonly SessionFile[],
  order: Agent["order"],
): Promise<SessionFile[]> {
  const byRealPath = new Map<string, SessionFile>();
  for (const file of files) {
    const real = await realpath(file.path).catch(() => file.path);
    if (!byRealPath.has(real)) byRealPath.set(real, file);
  }
  const key = (file: SessionFile): string => (order === "name" ? basename(file.path) : file.path);
  return [...byRealPath.values()].sort(
    (left, right) => compare(key(left), key(right)) || compare(left.path, right.path),
  );
}

/** Twelve hex digits: enough to tell projects apart, and not readable as a name. */
export function hashProject(project: string): string {
  return `project-${sha256(project).slice(0, 12)}`;
}

/** For people: the home folder's name is the user's, so it is written `~`. */
export function shortPath(path: string, homeDir: string): string {
  return path === homeDir || path.startsWith(homeDir + sep) ? `~${path.slice(homeDir.length)}` : path;
}

/** `projects/<project>/...`, wherever the root lies; else the first folder below the root. */
function projectOf(path: string, root: string): string | null {
  const folders = dirname(path).split(sep);
  const marker = folders.lastIndexOf("projects");
  if (marker !== -1 && folders[marker + 1] !== undefined) return folders[marker + 1]!;
  const inside = relative(root, path).split(sep);
  return path !== root && inside.length > 1 ? inside[0]! : null;
}

async function walk(folder: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries.sort((left, right) => compare(left.name, right.name))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await walk(path)));
    else if (entry.isFile() && entry.name.endsWith(".jsonl")) files.push(path);
  }
  return files;
}

async function singleFile(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() && path.endsWith(".jsonl") ? [path] : [];
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ?? false;
}

function isWorkspaceFile(path: string, workspaceDir: string): boolean {
  const workspace = workspaceAt(workspaceDir);
  const own = [
    workspace.eventsJsonl,
    workspace.prompts,
    workspace.samples,
    workspace.results,
    workspace.rejects,
  ];
  return own.includes(path) || path.startsWith(workspace.internal + sep);
}

/** By code unit, so that the order is the same on every machine. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
