import type { Engine, EngineRow, EngineValue } from "../../engine/contract.js";
import { type PriceBook, RATE_COLUMNS, rateColumnsAt } from "../../pricing/index.js";
import { literal } from "../staging/sql/sql-text.js";
import type { StagedRelation } from "../staging/staging-area.js";

/** Provider of events whose source names none. */
export const UNKNOWN = "unknown";

const RATES = "ingest_rates";
/**
 * List cost in SQL. Rates are looked up by number in lists, not joined: the engine's joins lose the order of rows.
 */
export interface ListCost {
  /** Number of the rates that hold for a staged event, by its own columns; 0 where the model has no price. */
  readonly rateNumber: string;
  /** USD as DECIMAL(18,12), given `rate_number`; NULL where unpriced, or beyond what the column holds. */
  readonly cost: string;
  remove(): Promise<void>;
}

interface SeenPair extends EngineRow {
  readonly provider: string;
  readonly model: string;
  readonly first: string;
  readonly last: string;
}

/** Resolves every model in use against the price book, for each price period, context class and interface. */
export async function prepareListCost(
  engine: Engine,
  { sql }: StagedRelation,
  prices: PriceBook,
): Promise<ListCost> {
  const seen = await engine.rows<SeenPair>(`
    SELECT coalesce(provider, '${UNKNOWN}') AS provider, model, min(ts) AS first, max(ts) AS last
    FROM ${sql} WHERE model IS NOT NULL AND ts IS NOT NULL GROUP BY ALL ORDER BY ALL`);
  const cuts = priceCuts(prices, seen);
  const classes = [0, ...prices.thresholds];
  const rows = seen.flatMap((pair) => rateRows(pair, cuts, classes, prices));
  const isSmall = rows.every((row) => row.every((rate) => rate === null || (rate as bigint) < SMALL_RATE));
  await loadLists(engine, rows, isSmall ? "BIGINT" : "HUGEINT");
  return {
    rateNumber: rateNumber(seen, cuts, classes),
    cost: costFormula(
      isSmall,
      rows.every((row) => row.at(-1) === null || row.at(-1) === 1n),
    ),
    remove: async () => {
      for (const kind of RATE_COLUMNS) await engine.run(`RESET VARIABLE ${RATES}_${kind}`);
    },
  };
}

async function loadLists(
  engine: Engine,
  rows: readonly (readonly EngineValue[])[],
  type: string,
): Promise<void> {
  const columns = RATE_COLUMNS.map((kind) => `${kind} ${type}`).join(", ");
  await engine.run(`CREATE OR REPLACE TABLE ${RATES} (number BIGINT, ${columns})`);
  await engine.append(
    RATES,
    ["number", ...RATE_COLUMNS],
    rows.map((row, at) => [at + 1, ...row]),
  );
  for (const kind of RATE_COLUMNS) {
    await engine.run(`SET VARIABLE ${RATES}_${kind} = (SELECT list(${kind} ORDER BY number) FROM ${RATES})`);
  }
  await engine.run(`DROP TABLE ${RATES}`);
}

/** Instants at which some price changes while events were recorded; period 0 ends at the first. */
function priceCuts({ rows }: PriceBook, seen: readonly SeenPair[]): string[] {
  const first = seen.map((pair) => pair.first).sort()[0] ?? "";
  const last =
    seen
      .map((pair) => pair.last)
      .sort()
      .at(-1) ?? "";
  const dates = rows.flatMap(({ from, until }) => [from, until]).filter((date) => date !== null);
  const instants = new Set(dates.map((date) => new Date(date).toISOString()));
  return [...instants].filter((cut) => cut > first && cut <= last).sort();
}

/** Rates of one pair, in the order in which `rateNumber` counts. */
function rateRows(
  { provider, model, first }: SeenPair,
  cuts: readonly string[],
  classes: readonly number[],
  prices: PriceBook,
): EngineValue[][] {
  const query = { provider: provider === UNKNOWN ? null : provider, model };
  return ["", ...cuts].flatMap((from) => {
    const row = prices.find({ ...query, at: new Date(from > first ? from : first) })?.row ?? null;
    return classes.flatMap((contextClass) =>
      [false, true].map((batch) =>
        row === null
          ? RATE_COLUMNS.map(() => null)
          : rateColumnsAt(row, { contextClass, batch, serviceTier: null }),
      ),
    );
  });
}

/** Mixed-radix number of (pair, period, context class, interface), from 1. */
function rateNumber(seen: readonly SeenPair[], cuts: readonly string[], classes: readonly number[]): string {
  const providers = [...new Set(seen.map(({ provider }) => provider))];
  const models = [...new Set(seen.map(({ model }) => model))];
  const numbers = new Map(seen.map(({ provider, model }, at) => [`${provider}\0${model}`, at + 1]));
  const grid = providers.flatMap((provider) =>
    models.map((model) => numbers.get(`${provider}\0${model}`) ?? 0),
  );
  // Positions in short lists of the dictionary's words: the engine works them out once a word, not once a row.
  const provider = `coalesce(list_position([${providers.map(literal).join(", ")}], provider), ${providers.indexOf(UNKNOWN) + 1})`;
  const model = `list_position([${models.map(literal).join(", ")}], model)`;
  const pair = `[${grid.join(", ") || 0}][(${provider} - 1) * ${models.length} + ${model}]`;
  const period = steps(
    cuts.map((cut, at) => `WHEN ts >= TIMESTAMP '${cut.replace("Z", "")}' THEN ${at + 1}`),
  );
  const contextClass = steps(
    classes.slice(1).map((bound, at) => `WHEN input_tokens > ${bound} THEN ${at + 1}`),
  );
  const batch = "(coalesce(batch, false) OR coalesce(service_tier = 'batch', false))::INTEGER";
  return `(((${pair} - 1) * ${cuts.length + 1} + ${period}) * ${classes.length} + ${contextClass}) * 2 + ${batch} + 1`;
}

/** The last step that is reached counts. */
const steps = (ascending: readonly string[]): string =>
  ascending.length === 0 ? "0" : `CASE ${[...ascending].reverse().join(" ")} ELSE 0 END`;

// Below these a charge is at most 6e18, which 64 bits hold; beyond them it is worked out in 128.
const SMALL_RATE = 100_000_000_000n;
const SMALL_TOKENS = 10_000_000;

function costFormula(isSmall: boolean, isUndivided: boolean): string {
  const small = `input_tokens < ${SMALL_TOKENS} AND output_tokens < ${SMALL_TOKENS}`;
  const wide = usdOf(charge("HUGEINT"), isUndivided, "DECIMAL(26,0)");
  return isSmall
    ? `CASE WHEN ${small} THEN ${usdOf(charge("BIGINT"), isUndivided, "DECIMAL(19,0)")} ELSE ${wide} END`
    : wide;
}

/** The formula of `priceUsage` in the pricing room, in whole pico-USD before the division. */
function charge(type: "BIGINT" | "HUGEINT"): string {
  const tokens = (column: string): string => `coalesce(${column}, 0)::${type}`;
  const parts: readonly (readonly [string, (typeof RATE_COLUMNS)[number]])[] = [
    [
      `${tokens("input_tokens")} - ${tokens("cached_input_tokens")} - ${tokens("cache_write_tokens")}`,
      "input",
    ],
    [tokens("cached_input_tokens"), "cached_input"],
    [`${tokens("cache_write_tokens")} - ${tokens("cache_write_1h_tokens")}`, "cache_write"],
    [tokens("cache_write_1h_tokens"), "cache_write_1h"],
    [`${tokens("output_tokens")} - ${tokens("reasoning_tokens")}`, "output"],
    [tokens("reasoning_tokens"), "reasoning"],
  ];
  return parts.map(([count, kind]) => `(${count}) * ${rate(kind)}`).join(" + ");
}

const rate = (kind: (typeof RATE_COLUMNS)[number]): string => `getvariable('${RATES}_${kind}')[rate_number]`;

/** Divided once, half up, where a batch multiplier does not divide the rates. */
function usdOf(pico: string, isUndivided: boolean, decimal: string): string {
  const divided = isUndivided
    ? pico
    : `(2 * (${pico})::HUGEINT + ${rate("denominator")}) // (2 * ${rate("denominator")})`;
  return `TRY_CAST(TRY_CAST(${divided} AS ${decimal}) * 0.000000000001::DECIMAL(12,12) AS DECIMAL(18,12))`;
}
