import type { Engine } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import type { Camel } from "../../shared/case.js";
import type { Workspace } from "../../shared/workspace.js";
import { type Fragment, queryRows, runQuery } from "../queries/load-query.js";
import { type CubePass, factsPass, numberedPass } from "../queries/passes.js";
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
  await runQuery(engine, input.clustered ? "events-source-clustered" : "events-source", {
    fragments: { events: { path: input.eventsPath } },
  });
  const facts = factsPass(engine.dialect, prices.thresholds, input.assignedFirst);
  await runQuery(engine, "event-facts", { fragments: { facts } });
  await numberKeys(engine, prices, numberedPass(engine.dialect, "keys"));
  await runQuery(engine, "keyed-events");
  await writeTables(engine, workspace, (name) => numberedPass(engine.dialect, name));
}

/** Leaves `cube_keys` and the rates of each key; `pass` gives every combination of keys. */
export async function numberKeys(engine: Engine, prices: PriceBook, pass: Fragment): Promise<void> {
  await runQuery(engine, "cube-keys", { fragments: { pass }, stage: "profile: cube" });
  await fillRates(engine, prices);
}

/**
 * Cube, sketches, minutes and arrivals on disk, from the rows of each pass: a query over events, or a table of what
 * another engine answered. Money is computed here alone.
 */
export async function writeTables(
  engine: Engine,
  workspace: Workspace,
  passOf: (name: CubePass) => Fragment,
): Promise<void> {
  const stage = "profile: cube";
  await runQuery(engine, "cube", {
    fragments: { cube: { path: workspace.cube }, pass: passOf("hours") },
    stage,
  });
  await runQuery(engine, "sketches", {
    fragments: { sketches: { path: workspace.sketches }, pass: passOf("sketches") },
    stage: "profile: distributions",
  });
  await runQuery(engine, "minutes", {
    fragments: { minutes: { path: workspace.minutes }, pass: passOf("minutes") },
    stage: "profile: arrivals",
  });
  await runQuery(engine, "arrivals", {
    fragments: { arrivals: { path: workspace.arrivals }, pass: passOf("arrivals") },
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
