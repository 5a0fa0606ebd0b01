import { afterEach, describe, expect, it } from "vitest";
import {
  DATABRICKS_TOKEN,
  type DatabricksServer,
  type DatabricksServerOptions,
  type DatabricksTable,
  startDatabricksServer,
} from "../../../test/support/databricks-server.js";
import { silentLogger } from "../../shared/log.js";
import { createNet } from "../../shared/net.js";
import { rowsOf } from "../contract.js";
import { type DatabricksConnection, databricksFromEnv, databricksHosts } from "./connection.js";
import { databricksStatements } from "./statements.js";

const servers: DatabricksServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const NUMBERS: DatabricksTable = {
  columns: [{ name: "N", type_name: "LONG" }],
  rows: [["1"], ["2"], ["3"], ["4"], ["5"]],
};

async function open(
  options: DatabricksServerOptions,
  change: (
    connection: DatabricksConnection,
    server: DatabricksServer,
  ) => Partial<DatabricksConnection> = () => ({}),
  tickMs = 0,
) {
  const server = await startDatabricksServer(options);
  servers.push(server);
  const connection: DatabricksConnection = {
    baseUrl: server.url,
    warehouseId: "w1",
    login: { kind: "token", token: DATABRICKS_TOKEN },
    resultHosts: [],
  };
  const used = { ...connection, ...change(connection, server) };
  const controller = new AbortController();
  const log: string[] = [];
  const net = createNet(databricksHosts(used), { log: { ...silentLogger, info: (line) => log.push(line) } });
  let asked = 0;
  const now = (): Date => {
    asked += 1;
    return new Date(Date.parse("2026-11-20T00:00:00Z") + (asked - 1) * tickMs);
  };
  const context = { now, signal: controller.signal };
  return { server, controller, log, statements: databricksStatements(used, net, context) };
}

const SELECT = { sql: "SELECT n FROM t" };
const numbers = (rows: readonly unknown[]) => rows.map((row) => (row as { n: number }).n);

describe("statements on Databricks", () => {
  it("gives typed values under names in lower case", async () => {
    const { statements } = await open({
      answer: () => ({
        columns: [
          { name: "Whole", type_name: "LONG" },
          { name: "beyond", type_name: "LONG" },
          { name: "money", type_name: "DECIMAL" },
          { name: "share", type_name: "DOUBLE" },
          { name: "nan", type_name: "DOUBLE" },
          { name: "ok", type_name: "BOOLEAN" },
          { name: "at", type_name: "TIMESTAMP" },
          { name: "local", type_name: "TIMESTAMP_NTZ" },
          { name: "day", type_name: "DATE" },
          { name: "tags", type_name: "MAP" },
          { name: "nothing", type_name: "STRING" },
        ],
        rows: [
          [
            "42",
            "9007199254740993",
            "47.608895000000",
            "0.5",
            "NaN",
            "false",
            "2026-11-20T10:04:52.123456+01:00",
            "2026-11-20 09:04:52",
            "2026-11-20",
            '{"team":"search"}',
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
        nan: null,
        ok: false,
        at: "2026-11-20T09:04:52.123456Z",
        local: "2026-11-20T09:04:52.000Z",
        day: "2026-11-20",
        tags: { team: "search" },
        nothing: null,
      },
    ]);
  });

  it("reads chunk after chunk, waits for a running statement and for a rate limit", async () => {
    const { statements } = await open({ answer: () => NUMBERS, chunkRows: 2, polls: 1, limited: 2 });

    const sizes: number[] = [];
    for await (const { rows } of statements.stream(SELECT)) sizes.push(rows.length);

    expect(sizes).toEqual([2, 2, 1]);
  });

  it("sends named parameters with their types, and never pastes them", async () => {
    const { statements, server } = await open({ answer: () => NUMBERS });

    await rowsOf(statements, {
      sql: "SELECT n FROM t WHERE a = :text AND b > :whole AND c = :none",
      parameters: { text: "o'clock", whole: 3, none: null },
    });

    expect(server.asked[0]).toMatchObject({
      statement: "SELECT n FROM t WHERE a = :text AND b > :whole AND c = :none",
      warehouse_id: "w1",
      disposition: "INLINE",
      parameters: [
        { name: "text", value: "o'clock", type: "STRING" },
        { name: "whole", value: "3", type: "BIGINT" },
        { name: "none", type: "STRING" },
      ],
    });
  });

  it("follows presigned links without its login, and asks again for those that expired", async () => {
    const { statements, server, log } = await open(
      { answer: () => NUMBERS, chunkRows: 2, expiredLinks: 2 },
      (_, { storage }) => ({ resultHosts: [storage.host] }),
    );

    expect(numbers(await rowsOf(statements, SELECT))).toEqual([1, 2, 3, 4, 5]);
    expect(server.storage.received.map(({ headers }) => headers.authorization)).toEqual(
      server.storage.received.map(() => undefined),
    );
    expect(server.storage.received.some(({ query }) => query.get("signature") === "expired")).toBe(true);
    expect(log.join("\n")).not.toMatch(/signature|dapi/);
  });

  it("gives up on links that expire again and again", async () => {
    const { statements } = await open({ answer: () => NUMBERS, expiredLinks: 9 }, (_, { storage }) => ({
      resultHosts: [storage.host],
    }));

    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-RESULT",
      exitCode: 5,
    });
  });

  it("does not follow a link to a host that nobody allowed", async () => {
    const { statements, server } = await open({ answer: () => NUMBERS }, () => ({
      resultHosts: ["storage.example"],
    }));

    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({ code: "TOP-NET-REFUSED" });
    expect(server.storage.received).toEqual([]);
  });

  it("gets one OAuth token for a service principal and uses it for all requests", async () => {
    const oauth = { clientId: "principal", clientSecret: "canary-secret-42" };
    const { statements, server } = await open({ answer: () => NUMBERS, chunkRows: 1, oauth }, () => ({
      login: { kind: "oauth", ...oauth },
    }));

    expect(numbers(await rowsOf(statements, SELECT))).toEqual([1, 2, 3, 4, 5]);
    expect(server.received.filter(({ path }) => path === "/oidc/v1/token")).toHaveLength(1);
  });

  it.each([
    { kind: "token", token: "wrong" } as const,
    { kind: "oauth", clientId: "principal", clientSecret: "wrong" } as const,
  ])("ends with exit code 5 on a bad $kind, and says what it needs", async (login) => {
    const { statements } = await open(
      { answer: () => NUMBERS, oauth: { clientId: "principal", clientSecret: "right" } },
      () => ({ login }),
    );

    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({
      code: "TOP-HTTP-ACCESS",
      exitCode: 5,
      fix: expect.stringContaining("CAN USE on the SQL warehouse"),
    });
  });

  it("names the grant that a statement lacks", async () => {
    const { statements } = await open({
      answer: () => ({
        failure: {
          code: "BAD_REQUEST",
          message:
            "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have USE SCHEMA on Schema 'system.serving'. SQLSTATE: 42501",
        },
      }),
    });

    await expect(
      rowsOf(statements, { ...SELECT, grant: "USE SCHEMA, SELECT ON SCHEMA system.serving" }),
    ).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-GRANT",
      exitCode: 5,
      found: expect.stringContaining("USE SCHEMA on Schema 'system.serving'"),
      fix: "It needs: USE SCHEMA, SELECT ON SCHEMA system.serving",
    });
  });

  it("keeps a message to itself that could quote the data", async () => {
    const message = "[CAST_INVALID_INPUT] The value 'my secret prompt' cannot be cast. SQLSTATE: 22018";
    const { statements } = await open({ answer: () => ({ failure: { code: "BAD_REQUEST", message } }) });

    const failed = rowsOf(statements, SELECT);
    await expect(failed).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-SQL",
      found: "BAD_REQUEST, SQLSTATE 22018.",
    });
  });

  it("does not take a truncated result for a whole one", async () => {
    const { statements } = await open({ answer: () => NUMBERS, truncated: true });
    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({ code: "TOP-WAREHOUSE-RESULT" });
  });

  it("says how to fetch a result that is too large to come inline", async () => {
    const message =
      "Inline byte limit exceeded. Statements executed with disposition=INLINE can have at most 25 MiB.";
    const { statements } = await open({
      answer: () => ({ failure: { code: "BAD_REQUEST", message } }),
    });
    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-RESULT",
      fix: expect.stringContaining("DATABRICKS_RESULT_HOSTS"),
    });
  });

  it("knows the columns of a result without rows", async () => {
    const { statements } = await open({ answer: () => ({ ...NUMBERS, rows: [] }) });
    const chunks = [];
    for await (const chunk of statements.stream(SELECT)) chunks.push(chunk);
    expect(chunks).toEqual([{ columns: [{ name: "n", type: "LONG" }], rows: [] }]);
  });

  it("cancels a statement that still runs when the user interrupts", async () => {
    const { statements, server, controller } = await open({ answer: () => NUMBERS, polls: 1000 });
    const reading = rowsOf(statements, SELECT);
    setTimeout(() => controller.abort(new Error("interrupted")), 50);

    await expect(reading).rejects.toMatchObject({ code: "TOP-WAREHOUSE-INTERRUPTED", exitCode: 130 });
    expect(server.cancelled).toEqual(["01f0-1"]);
  });

  it("cancels a statement that takes longer than an hour", async () => {
    const twoHours = 2 * 60 * 60_000;
    const { statements, server } = await open({ answer: () => NUMBERS, polls: 1000 }, () => ({}), twoHours);
    await expect(rowsOf(statements, SELECT)).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-TIME",
      exitCode: 5,
    });
    expect(server.cancelled).toEqual(["01f0-1"]);
  });

  it("sends nothing where a statement would write", async () => {
    const { statements, server } = await open({ answer: () => NUMBERS });
    await expect(rowsOf(statements, { sql: "DROP TABLE t" })).rejects.toMatchObject({
      code: "TOP-WAREHOUSE-WRITES",
      exitCode: 2,
    });
    expect(server.received).toEqual([]);
  });
});

describe("a Databricks connection from the environment", () => {
  it("takes the names of Databricks' own tools", () => {
    expect(
      databricksFromEnv({
        DATABRICKS_HOST: "dbc-1.cloud.databricks.com/",
        DATABRICKS_TOKEN: "dapi1",
        DATABRICKS_HTTP_PATH: "/sql/1.0/warehouses/abc123",
        DATABRICKS_RESULT_HOSTS: "a.s3.amazonaws.com, b.example",
      }),
    ).toEqual({
      baseUrl: "https://dbc-1.cloud.databricks.com",
      warehouseId: "abc123",
      login: { kind: "token", token: "dapi1" },
      resultHosts: ["a.s3.amazonaws.com", "b.example"],
    });
  });

  it("names the variable that is missing", () => {
    expect(() => databricksFromEnv({ DATABRICKS_HOST: "h", DATABRICKS_CLIENT_ID: "c" })).toThrow(
      expect.objectContaining({
        code: "TOP-WAREHOUSE-SETTINGS",
        found: expect.stringContaining("DATABRICKS_WAREHOUSE_ID"),
      }),
    );
  });
});
