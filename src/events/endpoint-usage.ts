import type { Engine, EngineRow } from "../engine/contract.js";
import { fileList } from "./staging/sql/sql-text.js";

/** Requests by what tells where they went. */
export interface EndpointUsage {
  readonly provider: string | null;
  readonly model: string | null;
  readonly endpoint: string | null;
  readonly events: number;
}

/** What the events of a workspace name, the busiest first. */
export async function endpointUsage(engine: Engine, path: string): Promise<EndpointUsage[]> {
  return engine.rows<EngineRow & EndpointUsage>(`
    SELECT provider, model, endpoint, count(*) AS events
    FROM read_parquet(${fileList([path])}) GROUP BY ALL ORDER BY events DESC, provider, model, endpoint`);
}
