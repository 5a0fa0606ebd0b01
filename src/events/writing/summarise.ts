import type { Engine, EngineRow } from "../../engine/contract.js";
import { fileList } from "../staging/sql/sql-text.js";
import { withoutTrailingZeros } from "../values/decimal.js";

/** What discovered.yaml says beside the counts; amounts are exact decimal text in USD. */
export interface EventSummary {
  readonly span: { readonly first: string; readonly last: string } | null;
  readonly cost: {
    readonly billedEvents: number;
    readonly listPricedEvents: number;
    readonly unpricedEvents: number;
    readonly billedUsd: string;
    readonly listPriceUsd: string;
  };
  readonly unpriced: readonly UnpricedModel[];
}

/** Events without a cost, because neither the source nor the price book has one. Never counted as free. */
export interface UnpricedModel {
  readonly provider: string;
  readonly model: string;
  readonly events: number;
  readonly tokens: number;
}

interface SummaryRow extends EngineRow {
  readonly first: string | null;
  readonly last: string | null;
  readonly billed_events: number;
  readonly list_priced_events: number;
  readonly unpriced_events: number;
  readonly billed_usd: string;
  readonly list_price_usd: string;
}

export async function summarise(engine: Engine, path: string): Promise<EventSummary> {
  const relation = `read_parquet(${fileList([path])})`;
  const sumOf = (basis: string): string => `coalesce(sum(cost_usd) FILTER (cost_basis = '${basis}'), 0)`;
  const [row] = await engine.rows<SummaryRow>(`
    SELECT min(ts) AS first, max(ts) AS last,
      count(*) FILTER (cost_basis = 'billed') AS billed_events,
      count(*) FILTER (cost_basis = 'list_price') AS list_priced_events,
      count(*) FILTER (cost_basis IS NULL) AS unpriced_events,
      ${sumOf("billed")}::VARCHAR AS billed_usd, ${sumOf("list_price")}::VARCHAR AS list_price_usd
    FROM ${relation}`);
  const unpriced = await engine.rows<EngineRow & UnpricedModel>(`
    SELECT provider, model, count(*) AS events, sum(input_tokens + output_tokens)::BIGINT AS tokens
    FROM ${relation} WHERE cost_basis IS NULL GROUP BY ALL ORDER BY events DESC, provider, model`);
  return {
    span: row!.first === null ? null : { first: row!.first, last: row!.last! },
    cost: {
      billedEvents: row!.billed_events,
      listPricedEvents: row!.list_priced_events,
      unpricedEvents: row!.unpriced_events,
      billedUsd: withoutTrailingZeros(row!.billed_usd),
      listPriceUsd: withoutTrailingZeros(row!.list_price_usd),
    },
    unpriced,
  };
}
