import { mkdir, mkdtemp, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Context } from "../../shared/context.js";
import { EXIT, TokenOpError } from "../../shared/errors.js";
import type { Engine, EngineOptions, EngineRow, EngineValue, RunOptions } from "../contract.js";
import { appendRows } from "./append-rows.js";
import { duckdbDialect } from "./dialect.js";
import { engineError } from "./driver-error.js";
import { chunkReader } from "./read-values.js";
import { type Bound, boundParameters } from "./write-values.js";

type Driver = typeof import("@duckdb/node-api");
type EngineContext = Pick<Context, "log" | "signal">;

// 1.5 GB for the engine leaves room for reader buffers and Node below 3 GiB resident in all.
const DEFAULT_MEMORY_BYTES = 1_500_000_000;
const PROGRESS_INTERVAL_MS = 250;

/**
 * Opens an embedded engine on a private scratch database below `scratchDir`; `close` removes it.
 *
 * The driver is loaded on the first call, because its binary is large. Aborting the context's signal interrupts
 * whatever runs; every later call fails with TOP-ENGINE-INTERRUPTED. Errors: TOP-ENGINE-DRIVER, -IO, -MEMORY,
 * -DATA, -RANGE, -QUERY, -INTERRUPTED.
 */
export async function openDuckDb(options: EngineOptions, context: EngineContext): Promise<Engine> {
  const driver = await loadDriver();
  await mkdir(options.scratchDir, { recursive: true });
  const folder = await mkdtemp(join(options.scratchDir, "engine-"));
  const removeScratch = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    // The parent stays when another engine or a user's file is in it.
    await rmdir(options.scratchDir).catch(() => undefined);
  };
  try {
    const instance = await driver.DuckDBInstance.create(join(folder, "scratch.duckdb"), {
      memory_limit: `${options.memoryLimitBytes ?? DEFAULT_MEMORY_BYTES}B`,
      temp_directory: join(folder, "spill"),
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      // Keyed by path, size and second: a file rewritten at once under its own name would be read from the past.
      enable_external_file_cache: "false",
      ...(options.threads === undefined ? {} : { threads: `${options.threads}` }),
    });
    return new DuckDbEngine(driver, instance, await connect(instance), context, folder, removeScratch);
  } catch (error) {
    await removeScratch();
    throw engineError(error, false);
  }
}

async function loadDriver(): Promise<Driver> {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    throw driverMissing(cause);
  }
}

/** Exported for its test: a missing binary cannot be provoked where the package is installed. */
export function driverMissing(cause: unknown): TokenOpError {
  return new TokenOpError(
    {
      code: "TOP-ENGINE-DRIVER",
      message: `The DuckDB driver does not load on ${process.platform}-${process.arch}.`,
      found: cause instanceof Error ? cause.message.split("\n")[0] : String(cause),
      fix: "Install again without --no-optional; the binary comes in a package per platform.",
      cause,
    },
    EXIT.usage,
  );
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  // Session settings, so every connection needs them. Without the progress bar the driver reports no percentage.
  await connection.run(
    "SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false;",
  );
  return connection;
}

class DuckDbEngine implements Engine {
  readonly dialect = duckdbDialect;
  readonly scratchDir: string;
  private readonly driver: Driver;
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private readonly context: EngineContext;
  private readonly removeScratch: () => Promise<void>;
  private readonly open = new Set<DuckDBConnection>();
  private readonly onAbort = (): void => {
    for (const connection of this.open) connection.interrupt();
  };

  constructor(
    driver: Driver,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    context: EngineContext,
    scratchDir: string,
    removeScratch: () => Promise<void>,
  ) {
    this.scratchDir = scratchDir;
    this.driver = driver;
    this.instance = instance;
    this.connection = connection;
    this.context = context;
    this.removeScratch = removeScratch;
    this.open.add(connection);
    context.signal.addEventListener("abort", this.onAbort);
  }

  /** Statements before the last one take no parameters. */
  async run(sql: string, options: RunOptions = {}): Promise<number> {
    return this.guarded(this.connection, options.stage, async () => {
      const result = await this.connection.run(sql, ...this.bound(options));
      return result.rowsChanged;
    });
  }

  async rows<T extends EngineRow = EngineRow>(sql: string, options: RunOptions = {}): Promise<T[]> {
    return this.guarded(this.connection, options.stage, async () => {
      const result = await this.connection.run(sql, ...this.bound(options));
      const read = chunkReader(result);
      return (await result.fetchAllChunks()).flatMap(read) as T[];
    });
  }

  /** Reads through a connection of its own, so that the caller may run other statements meanwhile. */
  async *stream<T extends EngineRow = EngineRow>(sql: string, options: RunOptions = {}): AsyncIterable<T[]> {
    const connection = await connect(this.instance);
    this.open.add(connection);
    try {
      const result = await this.guarded(connection, options.stage, () =>
        connection.stream(sql, ...this.bound(options)),
      );
      const read = chunkReader(result);
      while (true) {
        const chunk = await this.guarded(connection, undefined, () => result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) return;
        yield read(chunk) as T[];
      }
    } finally {
      this.open.delete(connection);
      connection.closeSync();
    }
  }

  async append(
    table: string,
    columns: readonly string[],
    rows: Iterable<readonly EngineValue[]>,
  ): Promise<number> {
    return this.guarded(this.connection, undefined, () =>
      appendRows(this.driver, this.connection, table, columns, rows),
    );
  }

  async close(): Promise<void> {
    this.context.signal.removeEventListener("abort", this.onAbort);
    for (const connection of this.open) connection.closeSync();
    this.open.clear();
    this.instance.closeSync();
    await this.removeScratch();
  }

  private bound(options: RunOptions): Bound {
    return options.parameters === undefined
      ? [undefined, undefined]
      : boundParameters(this.driver, options.parameters);
  }

  private async guarded<T>(
    connection: DuckDBConnection,
    stage: string | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const timer = stage === undefined ? undefined : this.watchProgress(connection, stage);
    try {
      this.context.signal.throwIfAborted();
      return await work();
    } catch (error) {
      throw engineError(error, this.context.signal.aborted);
    } finally {
      clearInterval(timer);
    }
  }

  private watchProgress(connection: DuckDBConnection, stage: string): NodeJS.Timeout {
    this.context.log.progress(stage, null);
    const timer = setInterval(() => {
      const { percentage } = connection.progress;
      this.context.log.progress(stage, percentage < 0 ? null : Math.min(percentage / 100, 1));
    }, PROGRESS_INTERVAL_MS);
    return timer.unref();
  }
}
