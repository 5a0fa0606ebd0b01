import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { temporaryFolder, tokenop } from "../support/cli.js";
import {
  DATABRICKS_TOKEN,
  type DatabricksServer,
  startDatabricksServer,
} from "../support/databricks-server.js";
import { type SnowflakeServer, startSnowflakeServer } from "../support/snowflake-server.js";

const servers: (DatabricksServer | SnowflakeServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const TABLE = ["--table", "main.ai.calls"];

function databricksEnv(server: DatabricksServer, token = DATABRICKS_TOKEN): Record<string, string> {
  return { DATABRICKS_HOST: server.url, DATABRICKS_TOKEN: token, DATABRICKS_WAREHOUSE_ID: "w1" };
}

async function databricks(options: Parameters<typeof startDatabricksServer>[0]): Promise<DatabricksServer> {
  const server = await startDatabricksServer(options);
  servers.push(server);
  return server;
}

const noTable = {
  failure: {
    code: "BAD_REQUEST",
    message:
      "[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`ai`.`calls` cannot be found. SQLSTATE: 42P01 == SQL == SELECT secret",
    sqlState: "42P01",
  },
};

describe("profile on another engine", () => {
  it("explains the exact statements, hosts and grants, and asks nothing and keeps nothing", async () => {
    const server = await databricks({ answer: () => noTable });
    const cwd = await temporaryFolder();
    const args = ["profile", "--engine", "databricks", ...TABLE, "--map", "tenant=tags.team", "--explain"];
    const { code, stdout, stderr } = await tokenop(args, { cwd, env: databricksEnv(server) });

    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`hosts: ${server.host}`);
    expect(stdout).toContain("USE CATALOG and USE SCHEMA above main.ai.calls, and SELECT on it");
    expect(stdout).toContain("FROM `main`.`ai`.`calls`");
    expect(stdout).toContain("sha2(concat('<key of the workspace>', CAST(`tags`.`team` AS STRING)), 256)");
    for (const name of ["account", "keys", "hours", "sketches", "minutes", "arrivals", "output-classes"])
      expect(stdout).toContain(`-- ${name}: `);
    expect(stdout).not.toContain(DATABRICKS_TOKEN);
    expect(server.received).toEqual([]);
    expect(await readdir(cwd)).toEqual([]);
  });

  it.each<{ engine: string; env: Record<string, string> }>([
    { engine: "databricks", env: { DATABRICKS_HOST: "dbc-1.cloud.databricks.com" } },
    { engine: "snowflake", env: { SNOWFLAKE_ACCOUNT: "myorg-myaccount" } },
    { engine: "spark", env: {} },
  ])("explains what it would ask of $engine without any key", async ({ engine, env }) => {
    const { code, stdout, stderr } = await tokenop(["profile", "--engine", engine, ...TABLE, "--explain"], {
      env,
    });

    expect(code, stderr).toBe(0);
    expect(stdout).toContain("-- keys: ");
  });

  it("sends what it explained, and one SELECT at a time", async () => {
    const server = await databricks({ answer: () => noTable });
    const { code, stderr } = await tokenop(["profile", "--engine", "databricks", ...TABLE], {
      env: databricksEnv(server),
    });

    expect(code).toBe(5);
    expect(stderr).toContain("error TOP-WAREHOUSE-GRANT: Databricks does not know or does not grant");
    expect(stderr).toContain("USE CATALOG and USE SCHEMA above main.ai.calls");
    expect(stderr).not.toContain("SELECT secret");
    expect(stderr).not.toContain(DATABRICKS_TOKEN);
    expect(server.asked.map(({ statement }) => statement)).toEqual([
      "SELECT * FROM `main`.`ai`.`calls` WHERE 1 = 0",
    ]);
  });

  it("ends with exit code 5 on a bad login, and says what it needs", async () => {
    const server = await databricks({ answer: () => noTable });
    const bad = "dapi-wrong-0123456789";
    const refused = await tokenop(["profile", "--engine", "databricks", ...TABLE], {
      env: databricksEnv(server, bad),
    });
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain("TOP-HTTP-ACCESS");
    expect(refused.stderr).toContain("CAN USE on the SQL warehouse");
    expect(refused.stderr).not.toContain(bad);

    const snowflake = await startSnowflakeServer({ answer: () => ({ columns: [], rows: [] }) });
    servers.push(snowflake);
    const env = {
      SNOWFLAKE_ACCOUNT: "fake",
      SNOWFLAKE_HOST: snowflake.url,
      SNOWFLAKE_PAT: "wrong-0123456789",
    };
    const other = await tokenop(["profile", "--engine", "snowflake", ...TABLE], { env });
    expect(other.code).toBe(5);
    expect(other.stderr).toContain("USAGE on the warehouse");
  });

  it.each([
    ["databricks", "DATABRICKS_HOST is not set", "TOP-WAREHOUSE-SETTINGS"],
    ["snowflake", "SNOWFLAKE_ACCOUNT is not set", "TOP-WAREHOUSE-SETTINGS"],
    ["spark", "TOKENOP_SPARK_TOKEN is not set", "TOP-ENGINE-SPARK"],
  ])("says what %s lacks", async (engine, found, code) => {
    const { code: exit, stderr } = await tokenop(["profile", "--engine", engine, ...TABLE]);
    expect(exit).toBe(2);
    expect(stderr).toContain(code);
    expect(stderr).toContain(found);
  });

  it("needs the name of a table", async () => {
    const { code, stderr } = await tokenop(["profile", "--engine", "spark"]);
    expect(code).toBe(2);
    expect(stderr).toContain("TOP-ENGINE-TABLE");
  });

  it("keeps one key a workspace, for its owner alone", async () => {
    const server = await databricks({ answer: () => noTable });
    const dir = join(await temporaryFolder(), "workspace");
    await mkdir(dir);
    const run = () =>
      tokenop(["profile", "--engine", "databricks", ...TABLE, "--dir", dir], { env: databricksEnv(server) });
    await run();
    const first = await readFile(join(dir, ".tokenop/tenant-key"), "utf8");
    await run();

    expect(first).toMatch(/^[0-9a-f]{64}\n$/);
    expect(await readFile(join(dir, ".tokenop/tenant-key"), "utf8")).toBe(first);
  });
});
