import type { Engine, EngineRow } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import { literal } from "../staging/sql/sql-text.js";
import { withoutTrailingZeros } from "../values/decimal.js";
import { modelKey } from "../values/model-key.js";
import type { StatementBasis } from "./statement.js";

/** Amounts are exact decimal text. */
export interface Comparison {
  /** What the bill says, in its own currency. */
  readonly amount: string;
  /** The part of it for periods on which there are events of the provider at all. */
  readonly comparedAmount: string;
  /** What the events of those periods cost: billed where a source said so, else list price. */
  readonly explainedUsd: string;
  /** Of that, billed by the source of the events. */
  readonly explainedBilledUsd: string;
  /** comparedAmount - explainedUsd; null where the bill is not in USD. */
  readonly differenceUsd: string | null;
  /** explainedUsd / comparedAmount; null where that says nothing. */
  readonly explainedShare: number | null;
  readonly eventRows: number;
}

export interface BillReconciliation extends Comparison {
  readonly source: string;
  readonly provider: string;
  readonly currency: string;
  readonly basis: StatementBasis;
  readonly first: string;
  readonly last: string;
  readonly lines: number;
  /** UTC days that the bill speaks of, and those that only one side knows. */
  readonly days: number;
  readonly daysOnlyBilled: number;
  readonly daysOnlyEvents: number;
  /** By model, dearest first; null: lines that name none, against events of models that no line names. */
  readonly models: readonly (Comparison & { readonly model: string | null })[];
}

interface NameRow extends EngineRow {
  readonly provider: string;
  readonly model: string;
  readonly last: string;
}

interface SumsRow extends EngineRow {
  readonly source: string;
  readonly provider: string;
  readonly currency: string;
  readonly basis: string;
  readonly is_total: boolean;
  readonly model: string | null;
  readonly first: string | null;
  readonly last: string | null;
  readonly lines: number;
  readonly amount: string;
  readonly compared: string;
  readonly explained: string;
  readonly explained_billed: string;
  readonly difference: string;
  readonly share: number | null;
  readonly event_rows: number;
}

interface DaysRow extends EngineRow {
  readonly source: string;
  readonly provider: string;
  readonly currency: string;
  readonly basis: string;
  readonly days: number;
  readonly only_billed: number;
  readonly only_events: number;
}

/**
 * Bills against events, per source of bills, provider, currency and basis. Days are UTC. A line of several days is
 * compared as a whole as soon as one of its days has events, so a bill that covers more than the events do shows as a
 * difference, and in `daysOnlyBilled`. Nothing is ever added across currencies, sources or bases.
 */
export async function reconcileBills(
  engine: Engine,
  paths: { readonly statements: string; readonly events: string | null },
  prices: PriceBook,
): Promise<BillReconciliation[]> {
  await prepare(engine, paths, prices);
  const sums = await engine.rows<SumsRow>(SUMS);
  const days = await engine.rows<DaysRow>(DAYS);
  for (const table of TABLES) await engine.run(`DROP TABLE IF EXISTS ${table}`);
  const keyOf = (row: SumsRow | DaysRow): string =>
    JSON.stringify([row.source, row.provider, row.currency, row.basis]);
  const daysOf = new Map(days.map((row) => [keyOf(row), row]));
  return sums
    .filter((row) => row.is_total)
    .map((total) => {
      const own = daysOf.get(keyOf(total));
      return {
        source: total.source,
        provider: total.provider,
        currency: total.currency,
        basis: total.basis as StatementBasis,
        first: total.first!,
        last: total.last!,
        lines: total.lines,
        ...comparisonOf(total),
        days: own?.days ?? 0,
        daysOnlyBilled: own?.only_billed ?? 0,
        daysOnlyEvents: own?.only_events ?? 0,
        models: sums
          .filter((row) => !row.is_total && keyOf(row) === keyOf(total))
          .map((row) => ({ model: row.model, ...comparisonOf(row) })),
      };
    });
}

function comparisonOf(row: SumsRow): Comparison {
  const isUsd = row.currency === "USD";
  return {
    amount: withoutTrailingZeros(row.amount),
    comparedAmount: withoutTrailingZeros(row.compared),
    explainedUsd: withoutTrailingZeros(row.explained),
    explainedBilledUsd: withoutTrailingZeros(row.explained_billed),
    differenceUsd: isUsd ? withoutTrailingZeros(row.difference) : null,
    explainedShare: isUsd ? row.share : null,
    eventRows: row.event_rows,
  };
}

const TABLES = ["bill_names", "bill_event_days", "bill_lines", "bill_days"] as const;

async function prepare(
  engine: Engine,
  { statements, events }: { readonly statements: string; readonly events: string | null },
  prices: PriceBook,
): Promise<void> {
  const lines = `read_parquet(${literal(statements)})`;
  const stored =
    events === null
      ? "(SELECT NULL::VARCHAR AS provider, NULL::VARCHAR AS model, NULL::TIMESTAMP AS ts, NULL::DECIMAL(18,12) AS cost_usd, NULL::VARCHAR AS cost_basis WHERE false)"
      : `read_parquet(${literal(events)})`;
  await engine.run(`CREATE OR REPLACE TABLE bill_names (provider VARCHAR, model VARCHAR, model_key VARCHAR)`);
  const names = await engine.rows<NameRow>(`
    SELECT provider, model, max(last) AS last FROM (
      SELECT provider, model, max(ts) AS last FROM ${stored} GROUP BY ALL
      UNION ALL SELECT provider, model, max(period_start) AS last FROM ${lines} WHERE model IS NOT NULL GROUP BY ALL
    ) GROUP BY ALL ORDER BY ALL`);
  await engine.append(
    "bill_names",
    ["provider", "model", "model_key"],
    names.map(({ provider, model, last }) => [
      provider,
      model,
      modelKey(prices, provider, model, new Date(last)),
    ]),
  );
  await engine.run(`
    CREATE OR REPLACE TABLE bill_event_days AS
      SELECT lower(provider) AS provider, model_key, ts::DATE AS "day", count(*) AS event_rows,
        coalesce(sum(cost_usd), 0)::DECIMAL(38,12) AS cost,
        coalesce(sum(cost_usd) FILTER (cost_basis = 'billed'), 0)::DECIMAL(38,12) AS billed
      FROM ${stored} JOIN bill_names USING (provider, model) GROUP BY ALL;
    CREATE OR REPLACE TABLE bill_lines AS
      SELECT l.* EXCLUDE (provider), lower(l.provider) AS provider, n.model_key,
        l.period_start::DATE AS first_day, (l.period_end - INTERVAL 1 MICROSECOND)::DATE AS last_day
      FROM ${lines} AS l LEFT JOIN bill_names AS n ON n.provider = l.provider AND n.model = l.model;
    CREATE OR REPLACE TABLE bill_days AS
      SELECT *, unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS "day"
      FROM (SELECT DISTINCT ${GROUP}, first_day, last_day FROM bill_lines)`);
}

const GROUP = "source, provider, currency, basis";

/** Periods with any event of the provider, what lines and events say of them, by model and in all. */
const SUMS = `
  WITH met AS (
    SELECT DISTINCT ${GROUP}, first_day, last_day FROM bill_days SEMI JOIN bill_event_days USING (provider, "day")
  ),
  met_days AS (
    SELECT DISTINCT ${GROUP}, "day" FROM bill_days SEMI JOIN met USING (${GROUP}, first_day, last_day)
  ),
  named AS (SELECT DISTINCT ${GROUP}, model_key FROM bill_lines WHERE model_key IS NOT NULL),
  billed AS (
    SELECT ${GROUP}, model_key, min(period_start) AS first, max(period_end) AS last, count(*) AS lines,
      sum(amount) AS amount,
      coalesce(sum(amount) FILTER (m.first_day IS NOT NULL), 0) AS compared
    FROM bill_lines AS l LEFT JOIN met AS m USING (${GROUP}, first_day, last_day) GROUP BY ALL
  ),
  explained AS (
    SELECT d.source, d.provider, d.currency, d.basis, n.model_key, sum(e.cost) AS explained,
      sum(e.billed) AS explained_billed, sum(e.event_rows) AS event_rows
    FROM met_days AS d JOIN bill_event_days AS e USING (provider, "day")
    LEFT JOIN named AS n ON n.source = d.source AND n.provider = d.provider AND n.currency = d.currency
      AND n.basis = d.basis AND n.model_key = e.model_key
    GROUP BY ALL
  ),
  both_sides AS (
    SELECT ${GROUP}, model_key, first, last, lines, amount, compared, 0 AS explained, 0 AS explained_billed,
      0 AS event_rows FROM billed
    UNION ALL BY NAME
    SELECT ${GROUP}, model_key, NULL AS first, NULL AS last, 0 AS lines, 0 AS amount, 0 AS compared, explained,
      explained_billed, event_rows FROM explained
  ),
  summed AS (
    SELECT ${GROUP}, model_key, grouping(model_key) = 1 AS is_total, min(first) AS first, max(last) AS last,
      sum(lines)::BIGINT AS lines, sum(amount)::DECIMAL(38,18) AS amount, sum(compared)::DECIMAL(38,18) AS compared,
      sum(explained)::DECIMAL(38,18) AS explained, sum(explained_billed)::DECIMAL(38,18) AS explained_billed,
      sum(event_rows)::BIGINT AS event_rows
    FROM both_sides GROUP BY GROUPING SETS ((${GROUP}, model_key), (${GROUP}))
  )
  SELECT ${GROUP}, is_total, model_key AS model, first, last, lines, amount::VARCHAR AS amount,
    compared::VARCHAR AS compared, explained::VARCHAR AS explained, explained_billed::VARCHAR AS explained_billed,
    (compared - explained)::VARCHAR AS difference, event_rows,
    CASE WHEN compared > 0 THEN round(explained::DOUBLE / compared::DOUBLE, 6) END AS share
  FROM summed ORDER BY ${GROUP}, is_total DESC, summed.amount DESC, model NULLS LAST`;

const DAYS = `
  WITH known AS (
    SELECT DISTINCT ${GROUP}, "day", true AS is_billed, false AS is_seen FROM bill_days
    UNION ALL
    SELECT DISTINCT ${GROUP}, e."day", false AS is_billed, true AS is_seen
    FROM (SELECT DISTINCT ${GROUP} FROM bill_days) JOIN bill_event_days AS e USING (provider)
  ),
  by_day AS (
    SELECT ${GROUP}, "day", bool_or(is_billed) AS is_billed, bool_or(is_seen) AS is_seen FROM known GROUP BY ALL
  )
  SELECT ${GROUP}, count(*) FILTER (is_billed) AS days,
    count(*) FILTER (is_billed AND NOT is_seen) AS only_billed,
    count(*) FILTER (is_seen AND NOT is_billed) AS only_events
  FROM by_day GROUP BY ALL ORDER BY ALL`;
