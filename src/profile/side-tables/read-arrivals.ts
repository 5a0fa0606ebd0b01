import type { Engine } from "../../engine/contract.js";
import type { ArrivalCurve } from "../../serving/contract.js";
import type { Workspace } from "../../shared/workspace.js";
import { queryRows } from "../queries/load-query.js";

type CurveRow = {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly hours: number;
  readonly busy_hours: readonly number[];
  readonly requests: readonly number[];
  readonly peak_minute_requests: readonly number[];
};

/** Every curve has the same hours, those of the whole workload, so that curves can be added hour by hour. */
export async function readArrivals(engine: Engine, workspace: Workspace): Promise<ArrivalCurve[]> {
  const rows = await queryRows<CurveRow>(engine, "arrival-curves", {
    fragments: { arrivals: { path: workspace.arrivals } },
  });
  return rows.map(({ cluster, provider, model, hours, busyHours, requests, peakMinuteRequests }) => ({
    cluster,
    provider,
    model,
    requests: withIdleHours(hours, busyHours, requests),
    peakMinuteRequests: withIdleHours(hours, busyHours, peakMinuteRequests),
  }));
}

function withIdleHours(hours: number, busy: readonly number[], counts: readonly number[]): number[] {
  const curve = new Array<number>(hours).fill(0);
  busy.forEach((hour, at) => {
    curve[hour] = counts[at]!;
  });
  return curve;
}
