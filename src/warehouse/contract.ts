/**
 * Read-only statements on a data platform, over its REST interface: what collectors and engines share.
 *
 * Value rules, alike on every platform: whole numbers as `number`, beyond 2^53 as `bigint`; DECIMAL with a fraction as
 * exact decimal text; floating point as `number`, null where it is not finite; BOOLEAN as `boolean`; timestamps as
 * ISO 8601 text in UTC, to the microsecond where that is not zero; DATE as `2026-11-20`; ARRAY, MAP, STRUCT, OBJECT and
 * VARIANT as parsed JSON; NULL as null. Column names arrive in lower case.
 */
export type WarehouseValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly WarehouseValue[]
  | { readonly [key: string]: WarehouseValue };

export type WarehouseRow = Readonly<Record<string, WarehouseValue>>;

export interface WarehouseColumn {
  readonly name: string;
  /** As the platform calls it: `LONG`, `FIXED`, `TIMESTAMP_LTZ`, ... */
  readonly type: string;
}

/** Some rows of a result; a result without rows is one chunk without rows, so that its columns are known. */
export interface RowChunk {
  readonly columns: readonly WarehouseColumn[];
  readonly rows: readonly WarehouseRow[];
}

export interface Query {
  /** One statement that only reads: SELECT, WITH, VALUES, SHOW, DESCRIBE or EXPLAIN. */
  readonly sql: string;
  /** Values for `:name` in the statement, on every platform; never pasted into its text. */
  readonly parameters?: Readonly<Record<string, string | number | boolean | null>>;
  /** What the statement needs beyond a login, as an error should say it. */
  readonly grant?: string;
}

export interface Statements {
  readonly platform: "databricks" | "snowflake";
  /**
   * Runs one statement and yields its rows as they come, one chunk in memory at a time. Ending the loop early, or the
   * context's signal, cancels the statement.
   *
   * @throws UsageError TOP-WAREHOUSE-WRITES before anything is sent, for a statement that does more than read.
   * @throws UpstreamError TOP-WAREHOUSE-GRANT for an object that is not there or not granted; TOP-WAREHOUSE-SQL for a
   * statement that failed; TOP-WAREHOUSE-TIME for one that took too long; TOP-WAREHOUSE-RESULT for a result that is too
   * large, cut off or not as documented; and those of `shared/http.ts`.
   */
  stream(query: Query): AsyncIterable<RowChunk>;
}

/** All rows of a small result. */
export async function rowsOf(statements: Statements, query: Query): Promise<WarehouseRow[]> {
  const rows: WarehouseRow[] = [];
  for await (const chunk of statements.stream(query)) rows.push(...chunk.rows);
  return rows;
}

/** Longest that one statement may take, milliseconds: waiting for a warehouse to start included. */
export const STATEMENT_TIMEOUT_MS = 60 * 60_000;
