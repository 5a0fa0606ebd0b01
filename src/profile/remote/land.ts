import type { Engine, EngineRow, EngineValue, RemoteEngine } from "../../engine/contract.js";
import { type Fragment, loadQuery } from "../queries/load-query.js";
import type { Question } from "./questions.js";

/** Name of the local table that holds the rows of a question. */
const landedTable = (name: string): string => `landed_${name.replaceAll("-", "_")}`;

/** Asks the other engine and puts its rows, chunk by chunk, into a table of the embedded one. */
export async function land(engine: Engine, remote: RemoteEngine, question: Question): Promise<number> {
  const table = landedTable(question.name);
  const names = question.columns.map(([name]) => name);
  const columns = question.columns.map(([name, type]) => `"${name}" ${type}`).join(", ");
  await engine.run(`CREATE OR REPLACE TABLE ${table} (${columns})`);
  let landed = 0;
  const stage = `profile: ${question.name} in ${remote.name}`;
  for await (const rows of remote.stream<EngineRow>(question.sql, { stage })) {
    const values = rows.map((row) =>
      question.columns.map(([name, type]) => landedValue(row[name] ?? null, type)),
    );
    landed += await engine.append(table, names, values);
  }
  return landed;
}

/** How finishing queries name the rows of a question, with our own numbers for keys. */
export function landedPass(engine: Engine, name: string): Fragment {
  const table = { sql: landedTable(name) };
  if (name === "hours" || name === "sketches")
    return { sql: loadQuery("landed-by-key", engine.dialect, { table }) };
  if (name === "arrivals") return { sql: loadQuery("landed-by-scope", engine.dialect, { table }) };
  if (name === "conversation-windows") return { sql: loadQuery("landed-by-cell", engine.dialect, { table }) };
  return { sql: `SELECT * FROM ${table.sql}` };
}

/** Platforms differ in small things: whole numbers as decimals with zeros, decimals as `0E-12`. */
function landedValue(value: EngineValue, type: string): EngineValue {
  if (value === null || type === "VARCHAR" || type === "BOOLEAN") return value;
  if (type.startsWith("DECIMAL")) return plainDecimal(`${value}`);
  return typeof value === "string" ? BigInt(value.replace(/\.0+$/, "")) : value;
}

/** `1.5E-7` written out; what is plain already stays as it is. */
export function plainDecimal(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign, whole = "", fraction = "", exponent] = parts;
  const point = whole.length + Number(exponent);
  const digits = `${whole}${fraction}`;
  const padded = point <= 0 ? `${"0".repeat(1 - point)}${digits}` : digits.padEnd(point, "0");
  const at = Math.max(point, 1);
  return `${sign}${padded.slice(0, at)}.${padded.slice(at) || "0"}`;
}
