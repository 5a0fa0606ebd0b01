import { describe, expect, it } from "vitest";
import { duckdbDialect } from "../../engine/duckdb/dialect.js";
import { snowflakeDialect } from "../../engine/snowflake/dialect.js";
import { sparkDialect } from "../../engine/spark-dialect.js";
import { LN_BUCKET_GAMMA } from "../../stats/index.js";
import { requireReadOnly } from "../../warehouse/sql-text.js";
import { testPrices } from "../fixtures/stage.js";
import { explainRemote, type RemoteSource } from "../remote/profile-remote.js";
import { CUBE_PASSES, namedPass, numberedPass } from "./passes.js";

/** What only DuckDB, or only some of the engines, would read. */
const NOT_SHARED =
  /::|\/\/|\bFILTER\b|\bEXCLUDE\b|\bREPLACE\b|\bGROUP BY ALL\b|\bQUALIFY\b|\bepoch_us\b|\{\{/;

const source = (dialect: RemoteSource["engine"]["dialect"]): RemoteSource => ({
  engine: {
    id: "spark",
    name: "Spark",
    dialect,
    hosts: [],
    grantFor: () => "",
    columns: async () => [],
    stream: async function* () {},
  },
  table: "calls",
  tableSql: dialect.identifier(["main", "calls"]),
  mapping: { map: { tenant: "tags.team" }, set: { provider: "o'reilly\\" } },
  tenantKey: "00",
});

describe("questions to another engine", () => {
  it.each([sparkDialect, snowflakeDialect])("are plain SQL in the words of $id, and only read", (dialect) => {
    for (const { sql, columns } of explainRemote(source(dialect), testPrices())) {
      expect(sql.replace(/--.*/g, "").replace(/"tags":"team"/g, "")).not.toMatch(NOT_SHARED);
      expect(() => requireReadOnly(sql)).not.toThrow();
      for (const [name] of columns) expect(sql).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  it("quote names and texts as each engine does", () => {
    const [spark, snowflake] = [sparkDialect, snowflakeDialect].map(
      (dialect) => explainRemote(source(dialect), testPrices())[0]!.sql,
    );
    expect(spark).toContain("FROM `main`.`calls`");
    expect(spark).toContain("CAST(`tags`.`team` AS STRING)");
    expect(spark).toContain("'o\\'reilly\\\\'");
    expect(snowflake).toContain('FROM "MAIN"."CALLS"');
    expect(snowflake).toContain('CAST("TAGS":"team" AS STRING)');
    expect(snowflake).toContain("'o''reilly\\\\'");
  });

  it("are those that the embedded engine runs, but for how keys are named", () => {
    const shape = (sql: string): string => sql.replace(/\s+/g, " ");
    for (const name of CUBE_PASSES) {
      const keys = namedPass(duckdbDialect, "keys").sql.match(/SELECT\s+(tenant[^\n]*?),\n/)![1]!;
      const named = shape(namedPass(duckdbDialect, name).sql).replaceAll(shape(keys), "KEYS");
      const numbered = shape(numberedPass(duckdbDialect, name).sql);
      expect(named.replaceAll("cluster, provider, model,", "SCOPE,")).toBe(
        numbered
          .replaceAll(shape(keys), "KEYS")
          .replaceAll("key_id", "KEYS")
          .replaceAll("prefix_scope,", "SCOPE,"),
      );
    }
  });
});

describe("size classes", () => {
  it("hold no whole number so near a bound that two engines' logarithms could disagree", () => {
    let nearest = 1;
    for (let value = 2; value <= 4_000_000; value += 1) {
      const place = Math.log(value) / LN_BUCKET_GAMMA;
      nearest = Math.min(nearest, Math.abs(place - Math.round(place)));
    }
    // Engines differ in the last bit of a logarithm: some 1e-13 at this size.
    expect(nearest).toBeGreaterThan(1e-9);
  });
});
