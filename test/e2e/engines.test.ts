import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { openDuckDb } from "../../src/engine/duckdb/index.js";
import { hashTenant } from "../../src/profile/index.js";
import { silentLogger } from "../../src/shared/log.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { DATABRICKS_TOKEN, startDatabricksServer } from "../support/databricks-server.js";
import { PRIVATE_TEXTS, writeEngineEvents } from "../support/engine-events.js";
import { compareTables } from "./engines/compare.js";
import {
  askSpark,
  type PythonServer,
  type RecordingProxy,
  SNOWFLAKE_TOKEN,
  SPARK_TOKEN,
  startRecordingProxy,
  startSnowflakeEmulator,
  startSpark,
} from "./engines/servers.js";

/** Enough for every shape of call; bench/engines.mjs asks for a million. */
const ROWS = Number(process.env.TOKENOP_ENGINES_ROWS ?? 30_000);
const SPARK = process.env.TOKENOP_SPARK_PYTHON ?? "";
const FAKESNOW = process.env.TOKENOP_FAKESNOW_PYTHON ?? "";

const POLICY = `apiVersion: tokenop/v1
kind: Policy
tenants:
  - tenant: "${PRIVATE_TEXTS.tenant} 3"
    deny: { models: [gpt-4o-mini] }
`;

/** A million calls take their time on Spark's single machine. */
const TIME_LIMIT_MS = ROWS > 100_000 ? 3_600_000 : 300_000;

let folder: string;
let events: string;
let duckdb: string;
const stops: (() => void)[] = [];

vi.setConfig({ testTimeout: TIME_LIMIT_MS, hookTimeout: 2 * TIME_LIMIT_MS });

async function workspaceAt(name: string): Promise<string> {
  const dir = join(folder, name);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "policy.yaml"), POLICY);
  return dir;
}

async function mustRun(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const result = await tokenop(args, { cwd: folder, env });
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result;
}

/** Profiles into a workspace of its own and says how long it took. */
async function profileOn(
  engine: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const dir = await workspaceAt(engine);
  const started = Date.now();
  await mustRun(["profile", "--engine", engine, ...args, "--dir", dir], env);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`measured: profile of ${ROWS} calls on ${engine}: ${seconds} s\n`);
  return dir;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  events = join(folder, "calls.parquet");
  const engine = await openDuckDb(
    { scratchDir: join(folder, "scratch") },
    { log: silentLogger, signal: new AbortController().signal },
  );
  await writeEngineEvents(engine, events, ROWS);
  await engine.close();
  duckdb = await profileOn("duckdb", ["--events", events]);
  await mustRun(["plan", "--dir", duckdb]);
});
afterAll(() => {
  for (const stop of stops) stop();
});

/** What is equal between engines: all but the names of tenants, and what says where it was computed. */
async function comparable(dir: string, file: string): Promise<string> {
  const artifact = parse(await readFile(join(dir, file), "utf8")) as Record<string, unknown>;
  const { inputs: _, run: __, engine: ___, ...body } = artifact;
  const key = await readFile(join(dir, ".tokenop/tenant-key"), "utf8").catch(() => "");
  let text = JSON.stringify(body, null, 1);
  for (let at = 0; key !== "" && at < 23; at += 1) {
    const name = `${PRIVATE_TEXTS.tenant} ${at}`;
    text = text.replaceAll(`"${hashTenant(key.trim(), name)}"`, `"${name}"`);
  }
  return text;
}

async function expectSameAs(dir: string): Promise<void> {
  const differences = await compareTables(duckdb, dir, PRIVATE_TEXTS.tenant);
  expect(differences).toEqual([]);
  expect(await comparable(dir, "profile.yaml")).toBe(await comparable(duckdb, "profile.yaml"));
  await mustRun(["plan", "--dir", dir]);
  expect(await comparable(dir, "plan.yaml")).toBe(await comparable(duckdb, "plan.yaml"));
}

function expectNothingPrivate(proxy: RecordingProxy): void {
  const everything = proxy.answers.join("\n");
  expect(everything).toContain("intent-7");
  expect(everything).toMatch(/t_[0-9a-f]{16}/);
  for (const text of Object.values(PRIVATE_TEXTS)) {
    expect(everything).not.toContain(text);
    // Answers are JSON: a letter may be written as its number.
    expect(everything).not.toContain(JSON.stringify(text).slice(1, -1));
  }
  expect(everything).not.toMatch(/\\u00c4rzte/i);
}

describe.skipIf(SPARK === "")("on a real Spark", () => {
  let spark: PythonServer;
  let proxy: RecordingProxy;

  beforeAll(async () => {
    spark = await startSpark(SPARK, events);
    proxy = await startRecordingProxy(spark.url);
    stops.push(spark.stop, proxy.close);
  });

  it("gives the cube, the profile and the plan that DuckDB gives, and nothing that is private", async () => {
    const env = { TOKENOP_SPARK_URL: proxy.url, TOKENOP_SPARK_TOKEN: SPARK_TOKEN };
    const dir = await profileOn("spark", ["--table", "calls"], env);

    await expectSameAs(dir);
    expectNothingPrivate(proxy);
  });

  it("gives the same behind Databricks' interface: polling, limits, chunks, links that expire", async () => {
    const server = await startDatabricksServer({
      answer: askSpark(spark.url),
      chunkRows: 3000,
      polls: 1,
      limited: 1,
      expiredLinks: 1,
    });
    stops.push(server.close);
    const env = {
      DATABRICKS_HOST: server.url,
      DATABRICKS_TOKEN,
      DATABRICKS_WAREHOUSE_ID: "w1",
      DATABRICKS_RESULT_HOSTS: server.storage.host,
    };
    const dir = await profileOn("databricks", ["--table", "calls"], env);

    await expectSameAs(dir);
    expect(server.asked.every(({ disposition }) => disposition === "EXTERNAL_LINKS")).toBe(true);
  });

  it("runs nothing that writes, whoever asks", async () => {
    const answer = await askSpark(spark.url)({
      statement: "CREATE TABLE stolen AS SELECT 1",
      warehouse_id: "",
      disposition: "INLINE",
      parameters: [],
    });
    expect(answer).toMatchObject({ failure: { message: expect.stringContaining("does more than read") } });
    const refused = await fetch(`${spark.url}/api/2.0/sql/statements`, { method: "POST", body: "{}" });
    expect(refused.status).toBe(403);
  });
});

describe.skipIf(FAKESNOW === "")("on an emulated Snowflake", () => {
  it("gives the cube, the profile and the plan that DuckDB gives, and nothing that is private", async () => {
    const emulator = await startSnowflakeEmulator(FAKESNOW, events);
    const proxy = await startRecordingProxy(emulator.url);
    stops.push(emulator.stop, proxy.close);
    const env = { SNOWFLAKE_ACCOUNT: "fake", SNOWFLAKE_HOST: proxy.url, SNOWFLAKE_PAT: SNOWFLAKE_TOKEN };
    const dir = await profileOn("snowflake", ["--table", "db1.s1.calls"], env);

    await expectSameAs(dir);
    expectNothingPrivate(proxy);
  });
});
