import { describe, expect, it } from "vitest";
import { requireReadOnly } from "./sql-text.js";

describe("a statement that only reads", () => {
  it.each([
    "SELECT 1",
    "  select * from t;",
    "-- a comment\n/* another; one */ SELECT ';' AS x",
    "WITH a AS (SELECT 1), b AS (SELECT 2) SELECT * FROM a, b",
    "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT n FROM a",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT `drop`, \"insert into\" FROM t WHERE x = 'it''s; DELETE FROM t'",
    "SELECT $$a ; b$$",
    "DESCRIBE TABLE system.ai_gateway.usage",
    "SHOW TABLES",
    "VALUES (1), (2)",
  ])("passes: %s", (sql) => {
    expect(() => requireReadOnly(sql)).not.toThrow();
  });

  it.each([
    "",
    "DROP TABLE t",
    "INSERT INTO t VALUES (1)",
    "SELECT 1; DROP TABLE t",
    "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
    "WITH a AS (SELECT 1) DELETE FROM t",
    "FROM t INSERT INTO u SELECT *",
    "WITH a AS (SELECT 1) FROM a INSERT OVERWRITE TABLE u SELECT *",
    "SELECT SYSTEM$CANCEL_ALL_QUERIES(1)",
    "CALL my_procedure()",
    "EXECUTE IMMEDIATE 'DROP TABLE t'",
    "COPY INTO @stage FROM t",
    "USE ROLE ACCOUNTADMIN",
    "SET x = 1",
    "/* SELECT */ TRUNCATE t",
  ])("refuses: %s", (sql) => {
    expect(() => requireReadOnly(sql)).toThrow(expect.objectContaining({ code: "TOP-WAREHOUSE-WRITES" }));
  });
});
