import type { Engine, EngineRow, EngineValue } from "../../engine/contract.js";
import { type PriceBook, type PriceRow, ratesAt } from "../../pricing/index.js";

export const RATES = "ingest_rates";

/** Provider of events whose source names none. */
export const UNKNOWN = "unknown";

interface SeenModel extends EngineRow {
  readonly provider: string;
  readonly model: string;
  readonly first: string;
  readonly last: string;
}

const COLUMNS = [
  ["provider", "VARCHAR"],
  ["model", "VARCHAR"],
  ["ts_from", "TIMESTAMP"],
  ["ts_until", "TIMESTAMP"],
  ["above_tokens", "BIGINT"],
  ["upto_tokens", "BIGINT"],
  ["batch", "BOOLEAN"],
  ["input", "HUGEINT"],
  ["cached_input", "HUGEINT"],
  ["cache_write", "HUGEINT"],
  ["cache_write_1h", "HUGEINT"],
  ["output", "HUGEINT"],
  ["reasoning", "HUGEINT"],
  ["denominator", "HUGEINT"],
] as const;

/**
 * Fills the table of rates, in pico-USD per token, for every model in `relation`: one row per price period, context
 * class and interface, so that exactly one row fits each event that can be priced.
 */
export async function loadRates(engine: Engine, relation: string, prices: PriceBook): Promise<void> {
  const seen = await engine.rows<SeenModel>(`
    SELECT coalesce(provider, '${UNKNOWN}') AS provider, model, min(ts) AS first, max(ts) AS last
    FROM ${relation} WHERE model IS NOT NULL AND ts IS NOT NULL GROUP BY ALL ORDER BY ALL`);
  const rows = seen.flatMap((model) => rateRows(model, prices));
  await engine.run(
    `CREATE OR REPLACE TABLE ${RATES} (${COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ")})`,
  );
  await engine.append(
    RATES,
    COLUMNS.map(([name]) => name),
    rows,
  );
}

function rateRows({ provider, model, first, last }: SeenModel, prices: PriceBook): EngineValue[][] {
  const query = { provider: provider === UNKNOWN ? null : provider, model };
  const cuts = [...periodCuts(prices, first, last), null];
  return cuts.slice(0, -1).flatMap((from, at) => {
    const until = cuts[at + 1] ?? null;
    const match = prices.find({ ...query, at: new Date(from ?? first) });
    if (match === null) return [];
    return [false, true].flatMap((batch) => tierRows(match.row, batch, [provider, model, from, until]));
  });
}

/** Instants at which some price changes while the model was in use; the first period is open at its start. */
function periodCuts({ rows }: PriceBook, first: string, last: string): (string | null)[] {
  const instants = rows.flatMap(({ from, until }) => [from, until]).filter((date) => date !== null);
  const cuts = new Set(instants.map((date) => new Date(date).toISOString()));
  return [null, ...[...cuts].filter((cut) => cut > first && cut <= last).sort()];
}

function tierRows(row: PriceRow, batch: boolean, key: readonly EngineValue[]): EngineValue[][] {
  return row.tiers.map(({ aboveInputTokens }, at) => {
    const { rates, denominator } = ratesAt(row, { contextClass: aboveInputTokens, batch, serviceTier: null });
    const upto = row.tiers[at + 1]?.aboveInputTokens ?? null;
    // The base tier holds for requests without input tokens too.
    const above = at === 0 ? -1 : aboveInputTokens;
    const { input, cachedInput, cacheWrite, cacheWrite1h, output, reasoning } = rates;
    return [
      ...key,
      above,
      upto,
      batch,
      input,
      cachedInput,
      cacheWrite,
      cacheWrite1h,
      output,
      reasoning,
      denominator,
    ];
  });
}

/** Join of `rates` to an event `s`; at most one row fits. */
export const FITS_RATE = `r.provider = coalesce(s.provider, '${UNKNOWN}') AND r.model = s.model
  AND r.batch = (coalesce(s.batch, false) OR coalesce(s.service_tier = 'batch', false))
  AND s.input_tokens > r.above_tokens AND (r.upto_tokens IS NULL OR s.input_tokens <= r.upto_tokens)
  AND (r.ts_from IS NULL OR s.ts >= r.ts_from) AND (r.ts_until IS NULL OR s.ts < r.ts_until)`;

const tokens = (column: string): string => `coalesce(s.${column}, 0)::HUGEINT`;

/** The formula of `priceUsage` in the pricing room, in whole pico-USD before the division. */
const CHARGE = `(s.input_tokens - coalesce(s.cached_input_tokens, 0) - coalesce(s.cache_write_tokens, 0))::HUGEINT * r.input
  + ${tokens("cached_input_tokens")} * r.cached_input
  + (coalesce(s.cache_write_tokens, 0) - coalesce(s.cache_write_1h_tokens, 0))::HUGEINT * r.cache_write
  + ${tokens("cache_write_1h_tokens")} * r.cache_write_1h
  + (s.output_tokens - coalesce(s.reasoning_tokens, 0))::HUGEINT * r.output
  + ${tokens("reasoning_tokens")} * r.reasoning`;

/**
 * List cost of an event in USD, DECIMAL(18,12); NULL where the model has no price, or the amount is beyond what the
 * column holds. Divided once, half up, where a batch multiplier does not divide the rates.
 */
export const LIST_COST = `TRY_CAST(
  TRY_CAST((2 * (${CHARGE}) + r.denominator) // (2 * r.denominator) AS DECIMAL(26,0)) * 0.000000000001::DECIMAL(12,12)
  AS DECIMAL(18,12))`;
