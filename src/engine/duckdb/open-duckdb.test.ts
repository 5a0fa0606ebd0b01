import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeError, type TokenOpError } from "../../shared/errors.js";
import { silentLogger } from "../../shared/log.js";
import type { Engine } from "../contract.js";
import { openDuckDb } from "./index.js";
import { driverMissing } from "./open-duckdb.js";

let folder: string;
let engine: Engine;
let abort: AbortController;
let progress: [string, number | null][];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenop-engine-"));
  abort = new AbortController();
  progress = [];
  const log = {
    ...silentLogger,
    progress: (stage: string, fraction: number | null) => progress.push([stage, fraction]),
  };
  engine = await openDuckDb({ scratchDir: join(folder, "scratch") }, { log, signal: abort.signal });
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

const failure = (work: Promise<unknown>): Promise<TokenOpError> =>
  work.then(
    () => Promise.reject(new Error("expected a failure")),
    (error) => error,
  );

describe("the embedded engine", () => {
  it("leaves nothing behind when it is closed", async () => {
    await engine.run("CREATE TABLE t AS SELECT range AS n FROM range(100000)");
    expect(await readdir(join(folder, "scratch"))).toHaveLength(1);

    await engine.close();

    expect(await readdir(folder)).toEqual([]);
  });

  it("says how many rows a statement wrote", async () => {
    await engine.run("CREATE TABLE t (n BIGINT)");
    const path = join(folder, "t.parquet");

    expect(await engine.run("INSERT INTO t SELECT range FROM range(1234)")).toBe(1234);
    expect(await engine.run(`COPY t TO '${path}' (FORMAT parquet)`)).toBe(1234);
  });

  it("streams a large result while other statements run", async () => {
    await engine.run("CREATE TABLE t AS SELECT range AS n FROM range(50000)");
    let seen = 0;
    for await (const rows of engine.stream("SELECT n FROM t")) {
      seen += rows.length;
      await engine.rows("SELECT 1 AS one");
    }

    expect(seen).toBe(50_000);
  });

  it("keeps no downloads: a missing extension fails instead of being fetched", async () => {
    const error = await failure(engine.run("LOAD httpfs"));

    expect(error.code).toMatch(/^TOP-ENGINE-/);
  });

  it("stops at once when the signal is aborted, and stays stopped", async () => {
    const heavy = engine.rows(
      "SELECT count(*) AS n FROM range(3000000) a JOIN range(3000000) b ON a.range % 1000 = b.range % 1000",
      { stage: "join" },
    );
    setTimeout(() => abort.abort(), 200);

    expect(await failure(heavy)).toMatchObject({ code: "TOP-ENGINE-INTERRUPTED", exitCode: 130 });
    expect(await failure(engine.rows("SELECT 1"))).toMatchObject({ code: "TOP-ENGINE-INTERRUPTED" });
    expect(progress[0]).toEqual(["join", null]);
  });
});

describe("engine errors", () => {
  it("never repeat the value that failed", async () => {
    await engine.run("CREATE TABLE t AS SELECT 'my secret prompt' AS text");

    const error = await failure(engine.rows("SELECT CAST(text AS BIGINT) FROM t"));

    expect(error.code).toBe("TOP-ENGINE-DATA");
    expect(describeError(error)).not.toContain("secret");
    expect(error.cause).toBeUndefined();
  });

  it("name the file that cannot be read", async () => {
    const path = join(folder, "broken.parquet");
    await writeFile(path, "");

    expect(await failure(engine.rows(`SELECT * FROM '${join(folder, "none.parquet")}'`))).toMatchObject({
      code: "TOP-ENGINE-IO",
      found: expect.stringContaining("none.parquet"),
    });
  });

  it("own up to a wrong query", async () => {
    expect(await failure(engine.rows("SELECT nothing FROM nowhere"))).toMatchObject({
      code: "TOP-ENGINE-QUERY",
      exitCode: 1,
    });
  });

  it("tell a full memory from a fault", async () => {
    const small = await openDuckDb(
      { scratchDir: join(folder, "small"), memoryLimitBytes: 20_000_000, threads: 1 },
      { log: silentLogger, signal: abort.signal },
    );
    await small.run("SET max_temp_directory_size = '1MB'");

    const error = await failure(small.rows("SELECT list(range) AS all_of_them FROM range(20000000)"));
    await small.close();

    expect(error.code).toBe("TOP-ENGINE-MEMORY");
  });

  it("say what to do where the driver's binary is missing", () => {
    expect(driverMissing(new Error("Cannot find module"))).toMatchObject({
      code: "TOP-ENGINE-DRIVER",
      exitCode: 2,
    });
  });
});
