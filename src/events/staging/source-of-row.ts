import { literal } from "./sql/sql-text.js";
import type { StagedFile } from "./staging-area.js";

/** SQL of a staged row's source: its own, else that of its file. */
export function sourceSql(files: readonly Pick<StagedFile, "source">[]): string {
  const sources = files.map(({ source }) => source);
  if (new Set(sources).size <= 1) return `coalesce(source, ${literal(sources[0] ?? "")})`;
  return `coalesce(source, ([${sources.map(literal).join(", ")}])[file_no + 1])`;
}
