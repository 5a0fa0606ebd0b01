import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PlannedFleet, TerraformFolder } from "../patches/contract.js";
import type { Workspace } from "../shared/workspace.js";

/** Larger files are generated ones; no fleet is declared in them. */
const LARGEST_BYTES = 1_000_000;
const MOST_FILES = 2_000;

/** The Terraform folders that fleets name, each once. A folder that is not there has no file. */
export async function terraformFolders(
  fleets: readonly PlannedFleet[],
  { dir: workspace }: Workspace,
): Promise<TerraformFolder[]> {
  const dirs = fleets.flatMap(({ after }) => after?.fleet.terraform?.dir ?? []);
  return Promise.all(
    [...new Set(dirs)].sort().map(async (dir) => ({ dir, files: await filesOf(resolve(workspace, dir)) })),
  );
}

/** Terraform's own cache and what is not text in UTF-8 are left out: a change must keep every byte. */
async function filesOf(folder: string): Promise<TerraformFolder["files"]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && /\.tf(vars)?$/.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter((path) => !path.split("/").some((step) => step.startsWith(".")))
    .sort()
    .slice(0, MOST_FILES);
  const files = await Promise.all(
    paths.map(async (path) => ({ path, bytes: await readFile(join(folder, path)) })),
  );
  return files.flatMap(({ path, bytes }) => {
    const text = bytes.toString("utf8");
    return bytes.length <= LARGEST_BYTES && Buffer.from(text).equals(bytes) ? [{ path, text }] : [];
  });
}
