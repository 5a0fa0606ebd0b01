/**
 * The analytic engine: runs SQL where the data is. DuckDB in the process is the default; Snowflake, Databricks
 * and Spark follow behind the same contract.
 *
 * Value rules, so that no caller guesses: BOOLEAN, INTEGER and DOUBLE arrive as JS values; BIGINT as `number`
 * (an error if beyond 2^53); HUGEINT always as `bigint` (money and other sums that must stay exact); DECIMAL as
 * decimal text; TIMESTAMP as ISO 8601 UTC text; LIST as array; NULL as null.
 */
export type EngineValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly EngineValue[]
  | { readonly [key: string]: EngineValue };

export type EngineRow = Readonly<Record<string, EngineValue>>;

export type EngineParameters = Readonly<Record<string, string | number | bigint | boolean | null>>;

export interface RunOptions {
  readonly parameters?: EngineParameters;
  /** Names the work in progress output; the engine reports its own percentage under it. */
  readonly stage?: string;
}

export interface Engine {
  readonly dialect: "duckdb";
  /** Folder for files that a stage needs while the engine is open; removed with everything in it on `close`. */
  readonly scratchDir: string;
  /** Runs one or more statements for their effect. Returns the row count of the last one where it has one. */
  run(sql: string, options?: RunOptions): Promise<number>;
  /** Runs a query with a small result. */
  rows<T extends EngineRow = EngineRow>(sql: string, options?: RunOptions): Promise<T[]>;
  /** Streams a large result in chunks, with bounded memory. */
  stream<T extends EngineRow = EngineRow>(sql: string, options?: RunOptions): AsyncIterable<T[]>;
  /** Appends rows to an existing table; `columns` gives the order and must match the table's. */
  append(table: string, columns: readonly string[], rows: Iterable<readonly EngineValue[]>): Promise<number>;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Folder for spill files and staging; created and removed by the engine. */
  readonly scratchDir: string;
  /** Bytes the engine may hold before it spills. Default 1.5 GB, so that the process stays under 3 GiB. */
  readonly memoryLimitBytes?: number;
  readonly threads?: number;
}
