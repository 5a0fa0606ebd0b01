import type { Engine, EngineRow, EngineValue } from "../../engine/contract.js";
import {
  type PriceBook,
  type PriceRow,
  RATE_COLUMNS,
  rateColumnsAt,
  SERVICE_TIER_NAMES,
} from "../../pricing/index.js";
import { literal } from "../staging/sql/sql-text.js";
import type { StagedRelation } from "../staging/staging-area.js";

/** Provider of events whose source names none. */
export const UNKNOWN = "unknown";

const RATES = "ingest_rates";

// How a call was sent, as far as it decides its price, in the order in which `rateNumber` counts.
const INTERFACES = [
  { batch: false, serviceTier: null },
  { batch: true, serviceTier: null },
  { batch: false, serviceTier: "flex" },
  { batch: false, serviceTier: "priority" },
] as const;

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

/**
 * Resolves every model in use against the price book, for each price period, part of the day, context class and
 * interface: an event's cost is what `priceUsage` says at its own instant.
 */
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
  const daily = dailyRows(seen, cuts, prices);
  const rows = daily.rows.flatMap((row) => ratesOf(row, classes));
  const isSmall = rows.every((row) => row.every((rate) => rate === null || (rate as bigint) < SMALL_RATE));
  await loadLists(engine, rows, isSmall ? "BIGINT" : "HUGEINT");
  return {
    rateNumber: rateNumber(seen, { cuts, times: daily.times, classes }),
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

interface DailyRows {
  /** UTC times of the day, `HH:MM`, at which some price in use changes; always from midnight. */
  readonly times: readonly string[];
  /** By pair, period and part of the day; null: no price. */
  readonly rows: readonly (PriceRow | null)[];
}

/** The rows in force. Only the few sellers with peak hours make a day have more than one part. */
function dailyRows(seen: readonly SeenPair[], cuts: readonly string[], prices: PriceBook): DailyRows {
  const bounds = prices.rows.flatMap(({ hoursUtc }) =>
    hoursUtc === undefined ? [] : [hoursUtc.start, hoursUtc.end],
  );
  const times = [...new Set(["00:00", ...bounds])].sort();
  const days = seen.flatMap((pair) =>
    ["", ...cuts].map((from) => {
      const query = { provider: pair.provider === UNKNOWN ? null : pair.provider, model: pair.model };
      const isLater = from > pair.first;
      const day = (isLater ? from : pair.first).slice(0, 10);
      return times.map((time) => prices.find({ ...query, at: new Date(`${day}T${time}:00Z`) })?.row ?? null);
    }),
  );
  const isFlat = days.every((parts) => parts.every((row) => row === parts[0]));
  return isFlat ? { times: ["00:00"], rows: days.map(([row]) => row ?? null) } : { times, rows: days.flat() };
}

/** Rates of one row, in the order in which `rateNumber` counts. */
function ratesOf(row: PriceRow | null, classes: readonly number[]): EngineValue[][] {
  return classes.flatMap((contextClass) =>
    INTERFACES.map((terms) =>
      row === null ? RATE_COLUMNS.map(() => null) : rateColumnsAt(row, { contextClass, ...terms }),
    ),
  );
}

interface Radices extends Pick<DailyRows, "times"> {
  readonly cuts: readonly string[];
  readonly classes: readonly number[];
}

/** A bucket is priced by its mean request, and at the lowest tier where it does not say how many it sums up. */
const INPUT_OF_A_REQUEST = `CASE WHEN grain = 'bucket'
  THEN coalesce((input_tokens + request_count - 1) // nullif(request_count, 0), 0) ELSE input_tokens END`;

/** Mixed-radix number of (pair, period, part of the day, context class, interface), from 1. */
function rateNumber(seen: readonly SeenPair[], { cuts, times, classes }: Radices): string {
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
  const part = steps(times.slice(1).map((time, at) => `WHEN ts::TIME >= TIME '${time}:00' THEN ${at + 1}`));
  const contextClass = steps(
    classes.slice(1).map((bound, at) => `WHEN ${INPUT_OF_A_REQUEST} > ${bound} THEN ${at + 1}`),
  );
  const daily = `((${pair} - 1) * ${cuts.length + 1} + ${period}) * ${times.length} + ${part}`;
  return `((${daily}) * ${classes.length} + ${contextClass}) * ${INTERFACES.length} + ${interfaceNumber()} + 1`;
}

/** Position in `INTERFACES`; a batch stays a batch whatever else its tier says. */
function interfaceNumber(): string {
  const tiers = INTERFACES.flatMap(({ serviceTier }, at) => {
    const names = [...SERVICE_TIER_NAMES].filter(([, tier]) => tier === serviceTier).map(([name]) => name);
    return names.length === 0
      ? []
      : [`WHEN lower(service_tier) IN (${names.map(literal).join(", ")}) THEN ${at}`];
  });
  return `CASE WHEN coalesce(batch, false) OR service_tier = 'batch' THEN 1 ${tiers.join(" ")} ELSE 0 END`;
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
