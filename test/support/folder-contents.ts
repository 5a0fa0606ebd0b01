import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { openDuckDb } from "../../src/engine/duckdb/index.js";
import { testContext } from "./agent-home.js";
import { temporaryFolder } from "./cli.js";

/** Paths of all files below a folder, relative to it, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Files below a folder that hold `word`; Parquet is read, since compression would hide it. */
export async function filesWith(word: string, folder: string): Promise<string[]> {
  const files = await filesBelow(folder);
  const hits = await Promise.all(
    files.map(async (file) => (await readFile(join(folder, file), "latin1")).includes(word)),
  );
  const parquet = files.filter((file) => file.endsWith(".parquet"));
  const inside = await parquetWith(word, folder, parquet);
  return files.filter((file, index) => hits[index] || inside.has(file));
}

async function parquetWith(word: string, folder: string, files: readonly string[]): Promise<Set<string>> {
  const scratchDir = await temporaryFolder();
  const engine = await openDuckDb({ scratchDir }, testContext(scratchDir));
  const found = new Set<string>();
  try {
    for (const file of files) {
      const [row] = await engine.rows<{ hits: number }>(
        `SELECT count(*)::INTEGER AS hits FROM read_parquet('${join(folder, file)}') AS t
         WHERE contains(CAST(t AS VARCHAR), '${word}')`,
      );
      if (row!.hits > 0) found.add(file);
    }
  } finally {
    await engine.close();
    await rm(scratchDir, { recursive: true, force: true });
  }
  return found;
}

/** Permission bits of a file or folder. */
export async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
