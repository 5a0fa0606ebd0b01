import { parse } from "csv-parse/sync";
import { UsageError } from "../../shared/errors.js";
import { parseUsd } from "../../shared/money.js";
import { type CostRow, reportSchema } from "../contract.js";
import { COST_COLUMNS } from "../csv.js";

const FIX =
  "Give two files of one kind: tokenop diff --baseline reports/baseline.csv --optimized reports/optimized.csv";

/**
 * The lines of a cost table: `baseline.csv` or `optimized.csv` as `tokenop report` writes them, or the spend of a
 * `report.json` (its lines before the plan).
 *
 * @throws UsageError TOP-DIFF-FILE with file, line and column for a table that is none of them.
 */
export function readCostRows(text: string, path: string): CostRow[] {
  return path.endsWith(".json") ? rowsOfReport(text, path) : rowsOfTable(text, path);
}

function rowsOfReport(text: string, path: string): CostRow[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(path, "It is not JSON.");
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(path, `Field "${issue?.path.join(".") ?? ""}": ${issue?.message ?? ""}.`);
  }
  return parsed.data.cost_rows.baseline.map((row) => ({
    cluster: row.cluster,
    provider: row.provider,
    model: row.model,
    batch: row.batch,
    requestsMonth: row.requests_month,
    inputTokensMonth: row.input_tokens_month,
    outputTokensMonth: row.output_tokens_month,
    costUsdMonth: row.cost_usd_month,
  }));
}

type Cells = Readonly<Record<string, string>>;

function rowsOfTable(text: string, path: string): CostRow[] {
  let records: readonly { readonly record: Cells; readonly info: { readonly lines: number } }[];
  try {
    records = parse(text, { columns: true, bom: true, info: true, skip_empty_lines: true });
  } catch (error) {
    // The parser's own message quotes the file.
    const { code = "unknown", lines = 1 } = error as { code?: string; lines?: number };
    throw refused(`${path}:${lines}`, `Not a CSV table (${code}).`);
  }
  const [first] = records;
  const missing = COST_COLUMNS.filter((column) => first !== undefined && first.record[column] === undefined);
  if (missing.length > 0) {
    const found = Object.keys(first!.record).join(", ");
    throw refused(`${path}:1`, `Missing columns: ${missing.join(", ")}. Found: ${found}.`);
  }
  return records.map(({ record, info }) => rowOf(record, `${path}:${info.lines}`));
}

function rowOf(cells: Cells, place: string): CostRow {
  const number = (column: string): number => {
    const value = Number(cells[column]);
    if (cells[column]?.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
    throw refused(`${place}: ${column}`, `Found "${cells[column]}", expected a number from 0.`);
  };
  const costUsdMonth = cells.cost_usd_month!.trim();
  try {
    parseUsd(costUsdMonth);
  } catch {
    throw refused(`${place}: cost_usd_month`, `Found "${costUsdMonth}", expected a decimal amount in USD.`);
  }
  return {
    cluster: plain(cells.cluster!),
    provider: plain(cells.provider!),
    model: plain(cells.model!),
    batch: cells.batch === "true",
    requestsMonth: number("requests_month"),
    inputTokensMonth: number("input_tokens_month"),
    outputTokensMonth: number("output_tokens_month"),
    costUsdMonth,
  };
}

/** Without the apostrophe that keeps a spreadsheet from running a name as a formula. */
const plain = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r])/, "");

function refused(where: string, found: string): UsageError {
  return new UsageError({
    code: "TOP-DIFF-FILE",
    message: `${where} is no cost table.`,
    found,
    fix: FIX,
  });
}
