import { generateKeyPairSync } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import {
  SNOWFLAKE_PAT,
  type SnowflakeServer,
  type SnowflakeServerOptions,
  type SnowflakeTable,
  startSnowflakeServer,
} from "../../../test/support/snowflake-server.js";
import { silentLogger } from "../../shared/log.js";
import { createNet } from "../../shared/net.js";
import { rowsOf } from "../contract.js";
import { type SnowflakeConnection, snowflakeFromEnv, snowflakeHosts } from "./connection.js";
import { snowflakeStatements } from "./statements.js";

const servers: SnowflakeServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const NUMBERS: SnowflakeTable = {
  columns: [{ name: "N", type: "fixed", scale: 0 }],
  rows: [["1"], ["2"], ["3"], ["4"], ["5"]],
};

async function open(options: SnowflakeServerOptions, change: Partial<SnowflakeConnection> = {}) {
  const server = await startSnowflakeServer(options);
  servers.push(server);
  const connection: SnowflakeConnection = {
    account: "myorg-my_account",
    baseUrl: server.url,
    user: "tokenop",
    login: { kind: "pat", token: SNOWFLAKE_PAT },
    warehouse: "XS",
    ...change,
  };
  const controller = new AbortController();
  const net = createNet(snowflakeHosts(connection), { log: silentLogger });
  const context = {
    now: () => new Date("2026-11-20T00:00:00Z"),
    signal: controller.signal,
    version: "1.2.3",
  };
  return { server, controller, statements: snowflakeStatements(connection, net, context) };
}

const SELECT = { sql: "SELECT n FROM t" };

describe("statements on Snowflake", () => {
  it("gives typed values under names in lower case", async () => {
    const { statements } = await open({
      answer: () => ({
        columns: [
          { name: "WHOLE", type: "fixed", scale: 0 },
          { name: "BEYOND", type: "fixed", scale: 0 },
          { name: "MONEY", type: "fixed", scale: 12 },
          { name: "SHARE", type: "real" },
          { name: "OK", type: "boolean" },
          { name: "AT", type: "timestamp_ltz" },
          { name: "LOCAL", type: "timestamp_ntz" },
          { name: "ZONED", type: "timestamp_tz" },
          { name: "DAY", type: "date" },
          { name: "METRICS", type: "array" },
          { name: "NOTHING", type: "text" },
        ],
        rows: [
          [
            "42",
            "9007199254740993",
            "47.608895000000",
            "0.5",
            "true",
            "1763629492.123456000",
            "1763629492.000000000",
            "1763629492.500000000 1500",
            "20777",
            '[{"value": 3}]',
            null,
          ],
        ],
      }),
    });

    expect(await rowsOf(statements, SELECT)).toEqual([
      {
        whole: 42,
        beyond: 9007199254740993n,
        money: "47.608895000000",
        share: 0.5,
        ok: true,
        at: "2025-11-20T09:04:52.123456Z",
        local: "2025-11-20T09:04:52.000Z",
        zoned: "2025-11-20T09:04:52.500Z",
        day: "2026-11-20",
        metrics: [{ value: 3 }],
        nothing: null,
      },
    ]);
  });

  it("reads partition after partition, waits for a running statement and for a rate limit", async () => {
    const { statements } = await open({ answer: () => NUMBERS, partitionRows: 2, polls: 1, limited: 2 });

    const sizes: number[] = [];
    for await (const { rows } of statements.stream(SELECT)) sizes.push(rows.length);

    expect(sizes).toEqual([2, 2, 1]);
  });

  it("turns named parameters into bindings, and leaves strings, casts and paths alone", async () => {
    const { statements, server } = await open({ answer: () => NUMBERS });

    await rowsOf(statements, {
      sql: "SELECT m:key::text, ':since' FROM t WHERE a >= :since AND b = :key AND c < :since",
      parameters: { since: "2026-11-01", key: 7 },
    });

    expect(server.asked[0]).toMatchObject({
      statement: "SELECT m:key::text, ':since' FROM t WHERE a >= ? AND b = ? AND c < ?",
      warehouse: "XS",
      bindings: {
        "1": { type: "TEXT", value: "2026-11-01" },
        "2": { type: "FIXED", value: "7" },
        "3": { type: "TEXT", value: "2026-11-01" },
      },
      parameters: { TIMEZONE: "UTC", QUERY_TAG: "tokenop" },
    });
  });

  it.each([
    ["myorg-my_account", "MYORG-MY_ACCOUNT.TOKENOP"],
    ["xy12345.eu-central-1", "XY12345.TOKENOP"],
    ["xy12345-abc123.global", "XY12345.TOKENOP"],
  ])("signs in to %s with a key pair", async (account, subject) => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open" },
    });
    const { statements } = await open(
      { answer: () => NUMBERS, keyPair: { publicKey, subject } },
      { account, login: { kind: "key-pair", privateKey, passphrase: "open" } },
    );

    expect(await rowsOf(statements, SELECT)).toHaveLength(5);
  });

  it("signs in with an OAuth token", async () => {
    const { statements } = await open(
      { answer: () => NUMBERS, token: { kind: "OAUTH", token: "oauth-1" } },
      { login: { kind: "oauth", token: "oauth-1" } },
    );
    expect(await rowsOf(statements, SELECT)).toHaveLength(5);
  });

  it("ends with exit code 5 on a bad login, and says what it needs", async () => {
    const { statements } = await open({ answer: () => NUMBERS }, { login: { kind: "pat", token: "wrong" } });

    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({
      code: "TOP-HTTP-ACCESS",
      exitCode: 5,
      fix: expect.stringContaining("USAGE on the warehouse"),
    });
  });

  it("does not show a private key that it cannot read", async () => {
    const privateKey = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----";
    const opening = open({ answer: () => NUMBERS }, { login: { kind: "key-pair", privateKey } });
    await expect(opening).rejects.toMatchObject({ code: "TOP-WAREHOUSE-SETTINGS" });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining("canary") });
  });

  it("names the grant that a statement lacks", async () => {
    const { statements } = await open({
      answer: () => ({
        failure: {
          code: "002003",
          sqlState: "02000",
          message:
            "SQL compilation error:\nSchema 'SNOWFLAKE.ACCOUNT_USAGE' does not exist or not authorized.",
        },
      }),
    });

    await expect(
      rowsOf(statements, { ...SELECT, grant: "DATABASE ROLE SNOWFLAKE.USAGE_VIEWER" }),
    ).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-GRANT",
      exitCode: 5,
      found: expect.stringContaining("Schema 'SNOWFLAKE.ACCOUNT_USAGE' does not exist"),
      fix: "It needs: DATABASE ROLE SNOWFLAKE.USAGE_VIEWER",
    });
  });

  it("keeps a message to itself that could quote the data", async () => {
    const message = "Numeric value 'my secret prompt' is not recognized";
    const { statements } = await open({
      answer: () => ({ failure: { code: "100038", sqlState: "22018", message } }),
    });
    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-SQL",
      found: "100038, SQLSTATE 22018.",
    });
  });

  it("cancels a statement that still runs when the user interrupts", async () => {
    const { statements, server, controller } = await open({ answer: () => NUMBERS, polls: 1000 });
    const reading = rowsOf(statements, SELECT);
    setTimeout(() => controller.abort(new Error("interrupted")), 50);

    await expect(reading).rejects.toMatchObject({ code: "TOP-WAREHOUSE-INTERRUPTED", exitCode: 130 });
    expect(server.cancelled).toEqual(["01b9-1"]);
  });
});

describe("a Snowflake connection from the environment", () => {
  it("takes the account's own host, and a key on one line", () => {
    expect(
      snowflakeFromEnv({
        SNOWFLAKE_ACCOUNT: "MyOrg-My_Account",
        SNOWFLAKE_USER: "TOKENOP",
        SNOWFLAKE_PRIVATE_KEY: "-----BEGIN\\nKEY",
        SNOWFLAKE_ROLE: "TOKENOP_READER",
      }),
    ).toEqual({
      account: "MyOrg-My_Account",
      baseUrl: "https://myorg-my-account.snowflakecomputing.com",
      user: "TOKENOP",
      login: { kind: "key-pair", privateKey: "-----BEGIN\nKEY" },
      role: "TOKENOP_READER",
    });
  });

  it("names the variable that is missing", () => {
    expect(() => snowflakeFromEnv({ SNOWFLAKE_ACCOUNT: "a", SNOWFLAKE_PRIVATE_KEY: "k" })).toThrow(
      expect.objectContaining({ found: expect.stringContaining("SNOWFLAKE_USER") }),
    );
  });
});
