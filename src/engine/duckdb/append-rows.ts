import type { DuckDBConnection, DuckDBType } from "@duckdb/node-api";
import { EXIT, TokenOpError } from "../../shared/errors.js";
import type { EngineValue } from "../contract.js";
import { writerOf } from "./write-values.js";

type Driver = typeof import("@duckdb/node-api");

// The driver's vector size; a chunk cannot hold more.
const CHUNK_ROWS = 2048;

/** Appends through the driver's bulk path, column by column. `columns` must be the table's own, in its order. */
export async function appendRows(
  driver: Driver,
  connection: DuckDBConnection,
  table: string,
  columns: readonly string[],
  rows: Iterable<readonly EngineValue[]>,
): Promise<number> {
  const { names, types } = await describeTable(connection, table);
  if (names.join() !== columns.join()) throw columnMismatch(table, names, columns);
  const writers = types.map((type) => writerOf(driver, type));
  const appender = await connection.createAppender(table);
  let appended = 0;
  let pending: (readonly EngineValue[])[] = [];
  const flush = (): void => {
    const chunk = driver.DuckDBDataChunk.create(types, pending.length);
    chunk.setColumns(writers.map((writer, at) => pending.map((row) => writer(row[at] ?? null))));
    appender.appendDataChunk(chunk);
    appended += pending.length;
    pending = [];
  };
  try {
    for (const row of rows) {
      pending.push(row);
      if (pending.length === CHUNK_ROWS) flush();
    }
    if (pending.length > 0) flush();
  } finally {
    appender.closeSync();
  }
  return appended;
}

async function describeTable(
  connection: DuckDBConnection,
  table: string,
): Promise<{ names: string[]; types: DuckDBType[] }> {
  const result = await connection.run(`SELECT * FROM "${table.replaceAll('"', '""')}" LIMIT 0`);
  return { names: result.columnNames(), types: result.columnTypes() };
}

function columnMismatch(table: string, names: readonly string[], columns: readonly string[]): TokenOpError {
  return new TokenOpError(
    {
      code: "TOP-ENGINE-COLUMNS",
      message: `Rows for table "${table}" do not have its columns.`,
      found: `Given ${columns.join(", ")}; the table has ${names.join(", ")}.`,
      fix: "Report it with this message.",
    },
    EXIT.internal,
  );
}
