import type { CollectorInfo } from "../../pipeline.js";
import { table } from "./table.js";

/** stdout of `tokenop collectors --json`. */
export function collectorsJson(list: readonly CollectorInfo[]): unknown {
  return {
    collectors: list.map((entry) => ({
      id: entry.id,
      summary: entry.summary,
      yields: entry.yields,
      configured_in_tokenop_yaml: entry.isConfigured,
      environment: entry.environment,
      grants: entry.grants,
      cannot_fill: entry.cannotFill,
      lateness_hours: entry.latenessHours,
    })),
  };
}

export function renderCollectors(list: readonly CollectorInfo[]): string {
  const rows = list.map(({ id, yields, isConfigured, summary }) => [
    id,
    yields.join(", "),
    isConfigured ? "tokenop.yaml" : "-",
    summary,
  ]);
  return table(["collector", "yields", "settings", "reads"], rows, ["left", "left", "left", "left"]);
}
