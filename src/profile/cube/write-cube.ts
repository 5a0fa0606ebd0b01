import type { Engine } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import type { Camel } from "../../shared/case.js";
import type { Workspace } from "../../shared/workspace.js";
import { LN_BUCKET_GAMMA, ZERO_BUCKET } from "../../stats/index.js";
import { queryRows, runQuery } from "../queries/load-query.js";
import { createRateResolver, PRICE_RATES_COLUMNS, rateValues } from "./resolve-rates.js";

export interface CubeInput {
  readonly eventsPath: string;
  /** True when `prompt_clusters` holds clusters for events. */
  readonly clustered: boolean;
  /** True when those clusters win over a declared intent. */
  readonly assignedFirst: boolean;
}

type PriceKeyRow = {
  readonly provider: string;
  readonly model: string;
  readonly context_class: number;
  readonly batch: boolean;
  readonly service_tier: string | null;
  readonly first_ts: string;
  readonly last_ts: string;
  readonly key_ids: readonly number[];
};

/**
 * Reads the events a few times, each time only the columns that one question needs, and leaves cube, sketches,
 * minutes and arrivals as Parquet. One statement with grouping sets for all three was measured five times slower: every set then
 * carries every sum. Leaves the views `keyed_events` and `workload_cube` for what follows.
 */
export async function writeCube(
  engine: Engine,
  workspace: Workspace,
  prices: PriceBook,
  input: CubeInput,
): Promise<void> {
  const stage = "profile: cube";
  await runQuery(engine, input.clustered ? "events-source-clustered" : "events-source", {
    fragments: { events: { path: input.eventsPath } },
  });
  await runQuery(engine, "event-facts", {
    fragments: {
      assigned_first: { integer: input.assignedFirst ? 1 : 0 },
      context_class: { classOf: "context_tokens", thresholds: prices.thresholds },
    },
  });
  await runQuery(engine, "cube-keys", { stage });
  await fillRates(engine, prices);
  await runQuery(engine, "cube", { fragments: { cube: { path: workspace.cube } }, stage });
  await runQuery(engine, "sketches", {
    fragments: { sketches: { path: workspace.sketches } },
    parameters: { ln_gamma: LN_BUCKET_GAMMA, zero: ZERO_BUCKET },
    stage: "profile: distributions",
  });
  await runQuery(engine, "minutes", {
    fragments: { minutes: { path: workspace.minutes } },
    stage: "profile: arrivals",
  });
  await runQuery(engine, "arrivals", {
    fragments: { arrivals: { path: workspace.arrivals } },
    stage: "profile: arrivals",
  });
  await runQuery(engine, "cube-view", { fragments: { cube: { path: workspace.cube } } });
}

async function fillRates(engine: Engine, prices: PriceBook): Promise<void> {
  await runQuery(engine, "price-rates");
  const keys = await queryRows<PriceKeyRow>(engine, "price-keys");
  const resolve = createRateResolver(prices);
  await engine.append("price_rates", PRICE_RATES_COLUMNS, ratesOf(keys, resolve));
}

function* ratesOf(
  keys: readonly Camel<PriceKeyRow>[],
  resolve: ReturnType<typeof createRateResolver>,
): Generator<(string | number | bigint)[]> {
  for (const key of keys) {
    for (const period of resolve(key)) {
      for (const keyId of key.keyIds) yield rateValues(keyId, key, period);
    }
  }
}
