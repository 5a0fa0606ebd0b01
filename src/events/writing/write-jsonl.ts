import { rename } from "node:fs/promises";
import type { Engine, EngineRow } from "../../engine/contract.js";
import { EVENT_COLUMNS, eventSchema } from "../contract.js";
import { fileList, literal } from "../staging/sql/sql-text.js";

/**
 * Writes the events as canonical JSON lines beside the Parquet file: the twelve columns that every event has, and
 * those others that hold a value anywhere.
 */
export async function writeJsonl(engine: Engine, parquet: string, path: string): Promise<void> {
  const relation = `read_parquet(${fileList([parquet])})`;
  const optional = EVENT_COLUMNS.filter(({ name }) => eventSchema.shape[name].safeParse(undefined).success);
  const counts = optional.map(({ name }) => `count(${name}) AS ${name}`);
  const [filled] = await engine.rows<EngineRow>(`SELECT ${counts.join(", ")} FROM ${relation}`);
  const optionalNames = new Set<string>(optional.map(({ name }) => name));
  const columns = EVENT_COLUMNS.filter(({ name }) => !optionalNames.has(name) || filled![name] !== 0);
  const temporary = `${path}.tmp`;
  await engine.run(
    `COPY (SELECT ${columns.map(({ name }) => `${jsonValue(name)} AS ${name}`).join(", ")} FROM ${relation})
      TO ${literal(temporary)} (FORMAT json)`,
    { stage: "writing JSON lines" },
  );
  await rename(temporary, path);
}

function jsonValue(column: string): string {
  if (column === "ts") return "strftime(ts, '%Y-%m-%dT%H:%M:%S.%fZ')";
  return column === "attributes" ? "CAST(attributes AS JSON)" : column;
}
