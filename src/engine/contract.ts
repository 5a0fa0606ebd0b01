/**
 * Analytic engines: they run SQL where the data is. `Engine` is DuckDB in the process, the default, on a private
 * database of its own. `RemoteEngine` is Snowflake, Databricks or Spark: it only reads, and only what a query sums up
 * comes back.
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

/** What one engine spells differently from another. Everything else in a shared query is plain SQL. */
export interface Dialect {
  readonly id: "duckdb" | "snowflake" | "spark";
  /** Microseconds since 1970, UTC, of an instant; timestamps without a zone are UTC. */
  epochMicros(instant: string): string;
  /** The instant that an ISO 8601 text names. */
  instantOf(text: string): string;
  /** Division of whole numbers, of which the first is not negative, without a rest. */
  wholeDivision(dividend: string, divisor: string): string;
  /** A text literal. */
  literal(text: string): string;
  /** A value by its key in a map, a struct or an object. */
  member(column: string, key: string): string;
  /** SHA-256 of a text, 64 hexadecimal digits in lower case. */
  sha256(text: string): string;
  /** Elements of a list; null or negative where there is none. */
  listLength(list: string): string;
  /** Type of a list of texts. */
  readonly textList: string;
  /** A column or table by its name in the platform; `parts` from the outside in. */
  identifier(parts: readonly string[]): string;
}

export interface Engine {
  readonly dialect: Dialect;
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

export const REMOTE_ENGINES = ["snowflake", "databricks", "spark"] as const;
export type RemoteEngineId = (typeof REMOTE_ENGINES)[number];

/** A column as the platform describes it. */
export interface RemoteColumn {
  /** In lower case. */
  readonly name: string;
  readonly type: string;
}

/** An engine elsewhere, over its statement interface. It keeps no state of ours: every question is one SELECT. */
export interface RemoteEngine {
  readonly id: RemoteEngineId;
  /** As people know it. */
  readonly name: string;
  readonly dialect: Dialect;
  /** Every host that it may reach. */
  readonly hosts: readonly string[];
  /** Least privilege for reading one table, as text. */
  grantFor(table: string): string;
  /** Columns of a table or view; asks for no row. */
  columns(table: string): Promise<RemoteColumn[]>;
  /** Streams a result under the value rules above, BIGINT alike; DECIMAL as decimal text. */
  stream<T extends EngineRow = EngineRow>(
    sql: string,
    options?: Pick<RunOptions, "stage">,
  ): AsyncIterable<T[]>;
}
