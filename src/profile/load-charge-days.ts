import type { Engine } from "../engine/contract.js";
import type { Camel } from "../shared/case.js";
import type { Workspace } from "../shared/workspace.js";
import { queryRows, runQuery } from "./queries/load-query.js";

type Row = {
  /** `2026-11-20`, UTC. */
  readonly day: string;
  readonly tenant: string;
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly region: string | null;
  readonly batch: boolean;
  readonly service_tier: string | null;
  /** Whether the cost was billed; else it is the list price. */
  readonly billed: boolean;
  readonly requests: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  /** Exact decimals; the list price is null where the price list has none. */
  readonly cost_usd: string;
  readonly list_usd: string | null;
};

/** What each key of the profiled workload cost on each day, in a stable order. */
export async function loadChargeDays(engine: Engine, workspace: Workspace): Promise<Camel<Row>[]> {
  await runQuery(engine, "cube-view", { fragments: { cube: { path: workspace.cube } } });
  return queryRows<Row>(engine, "charge-days");
}
