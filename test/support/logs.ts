import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { openDuckDb } from "../../src/engine/duckdb/index.js";
import { testContext } from "./agent-home.js";

/** One canonical event as a line of a log would hold it. */
export function logged(id: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id,
    ts: "2026-10-01T10:00:00Z",
    intent: "chat",
    provider: "openai",
    model: "gpt-4o",
    input_tokens: 1_000,
    output_tokens: 100,
    latency_ms: 500,
    cost_usd: null,
    endpoint: "api.openai.com",
    region: "us-east-1",
    tenant: "t1",
    ...changes,
  };
}

export const asJsonl = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

export function asCsv(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = Object.keys(rows[0]!);
  const lines = rows.map((row) => columns.map((column) => row[column] ?? "").join(","));
  return `${[columns.join(","), ...lines].join("\n")}\n`;
}

/** Writes files by relative path, folders included; `.gz` names are compressed. */
export async function layOut(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, name.endsWith(".gz") ? gzipSync(content) : content);
  }
  return folder;
}

/** Parquet or zstd from rows, written by the engine as a warehouse would export them. */
export async function exportRows(path: string, rows: readonly object[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tokenop-export-"));
  const source = join(folder, "rows.jsonl");
  await writeFile(source, asJsonl(rows));
  const engine = await openDuckDb({ scratchDir: join(folder, "scratch") }, testContext(folder));
  try {
    const format = path.endsWith(".parquet") ? "FORMAT parquet" : "FORMAT json, COMPRESSION zstd";
    await engine.run(`COPY (SELECT * FROM read_json_auto('${source}')) TO '${path}' (${format})`);
  } finally {
    await engine.close();
    await rm(folder, { recursive: true });
  }
}

/** Every file below a folder, as one text, to look for what must not be in it. */
export async function allText(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")),
  );
  return texts.join("\n");
}
