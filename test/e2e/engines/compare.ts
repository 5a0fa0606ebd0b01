import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openDuckDb } from "../../../src/engine/duckdb/index.js";
import { hashTenant } from "../../../src/profile/index.js";
import { silentLogger } from "../../../src/shared/log.js";

const TABLES = [
  "cube",
  "sketches",
  "minutes",
  "arrivals",
  "output-tails",
  "conversations",
  "reuse",
  "retries",
];
const MONEY = ["billed_usd", "list_usd"];
/** Largest difference of an amount of money, relative. */
const TOLERANCE = 1e-9;

/**
 * Where the tables of two workspaces differ, by table; empty where every key and every whole number is the same and
 * every amount is within the tolerance. The second workspace knows tenants by their hashes.
 */
export async function compareTables(left: string, right: string, tenantName: string): Promise<string[]> {
  const key = (await readFile(join(right, ".tokenop/tenant-key"), "utf8")).trim();
  const engine = await openDuckDb(
    { scratchDir: join(right, ".tokenop/compare") },
    { log: silentLogger, signal: new AbortController().signal },
  );
  const differences: string[] = [];
  try {
    await engine.run("CREATE TABLE names (tenant VARCHAR, name VARCHAR)");
    const names = Array.from({ length: 23 }, (_, at) => `${tenantName} ${at}`);
    await engine.append(
      "names",
      ["tenant", "name"],
      names.map((name) => [hashTenant(key, name), name]),
    );
    for (const table of TABLES) {
      const path = (dir: string) => `read_parquet('${join(dir, `.tokenop/${table}.parquet`)}')`;
      const columns = (
        await engine.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${path(left)}`)
      ).map(({ column_name }) => column_name);
      const named = columns.includes("tenant")
        ? `SELECT r.* REPLACE (coalesce(n.name, r.tenant) AS tenant) FROM ${path(right)} AS r LEFT JOIN names AS n USING (tenant)`
        : `SELECT * FROM ${path(right)}`;
      const exact = columns.filter((column) => !MONEY.includes(column)).map((column) => `"${column}"`);
      const money = columns.filter((column) => MONEY.includes(column));
      const off = money.map(
        (column) =>
          `coalesce(abs(l.${column} - r.${column})::DOUBLE > ${TOLERANCE} * abs(l.${column})::DOUBLE, l.${column} IS DISTINCT FROM r.${column})`,
      );
      const on = exact.map((column) => `l.${column} IS NOT DISTINCT FROM r.${column}`).join(" AND ");
      const [row] = await engine.rows<{
        left_rows: number;
        right_rows: number;
        matched: number;
        off: number;
      }>(`
        WITH l AS (SELECT * FROM ${path(left)}), r AS (${named}),
        joined AS (SELECT ${off.length === 0 ? "false" : off.join(" OR ")} AS is_off FROM l JOIN r ON ${on})
        SELECT (SELECT count(*) FROM l) AS left_rows, (SELECT count(*) FROM r) AS right_rows,
          (SELECT count(*) FROM joined) AS matched, (SELECT count(*) FROM joined WHERE is_off) AS off`);
      const { left_rows, right_rows, matched, off: amounts } = row!;
      if (left_rows !== right_rows || matched !== left_rows || amounts > 0)
        differences.push(
          `${table}: ${left_rows} rows and ${right_rows}, ${matched} equal, ${amounts} amounts off`,
        );
    }
  } finally {
    await engine.close();
  }
  return differences;
}
