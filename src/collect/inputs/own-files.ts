import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CONTENT_PATHS, workspaceAt } from "../../shared/workspace.js";

/** Folders that never hold exports: version control, packages, and anything hidden. */
export const isSkippedFolder = (name: string): boolean => name.startsWith(".") || name === "node_modules";

/** Paths that TokenOp itself writes into its workspace, so that a folder scan never takes them for input. */
export function ownPaths(workspaceDir: string): ReadonlySet<string> {
  return new Set(Object.values(workspaceAt(workspaceDir)).filter((path) => path !== resolve(workspaceDir)));
}

/**
 * Content-bearing files and rejects of any workspace that lies in the scanned folder: they hold prompts, never
 * events. A workspace is known by its `.tokenop` folder.
 */
export async function contentOf(folder: string): Promise<ReadonlySet<string>> {
  const names = await readdir(folder);
  if (!names.includes(".tokenop")) return new Set();
  return new Set([...CONTENT_PATHS, "rejects.jsonl"].map((path) => join(folder, path)));
}
