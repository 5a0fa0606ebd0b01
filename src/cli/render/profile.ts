import type { profileSchema } from "../../profile/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { toFileShape } from "../../shared/case.js";
import { percent, plural, usd, usdNumber, whole } from "./format.js";
import { table } from "./table.js";

type Profile = ArtifactBody<typeof profileSchema>;

const ROWS_SHOWN = 8;

/** stdout of `tokenop profile --json`. */
export function profileJson(profile: Profile, written: readonly string[]): unknown {
  const { totals, peaks, tokens, latencyMs, unpriced, clusters, engine } = profile;
  return {
    totals: {
      events: totals.events,
      input_tokens: totals.inputTokens,
      output_tokens: totals.outputTokens,
      cached_input_tokens: totals.cachedInputTokens,
      cost_usd: usdNumber(totals.costUsd),
      list_cost_usd: usdNumber(totals.listCostUsd),
      billed_cost_usd: usdNumber(totals.billedCostUsd),
    },
    ...(engine !== undefined && { engine: toFileShape(engine) }),
    peaks: peaks && {
      requests_per_minute: peaks.requestsPerMinute,
      peak_minute: peaks.peakMinute,
      tokens_per_minute: peaks.tokensPerMinute,
    },
    tokens,
    latency_ms: latencyMs,
    unpriced: unpriced.map(({ provider, model, events }) => ({ provider, model, events })),
    clusters: clusters.map(({ id, name, requests, costUsd }) => ({
      id,
      name,
      requests,
      cost_usd: usdNumber(costUsd),
    })),
    written,
  };
}

export function renderProfile(profile: Profile): string {
  const { totals, peaks, tokens, span } = profile;
  const basis = totals.billedCostUsd === "0" ? "list price" : "billed where known, else list price";
  const lines = [
    `${plural(totals.events, "event")} over ${plural(Math.round(span.hours), "hour")}: ${usd(totals.costUsd)} (${basis}).`,
    `${whole(totals.inputTokens)} input tokens (${whole(totals.cachedInputTokens)} cached), ` +
      `${whole(totals.outputTokens)} output tokens.`,
  ];
  if (peaks !== null)
    lines.push(`Peak minute ${peaks.peakMinute}: ${plural(peaks.requestsPerMinute, "request")}.`);
  if (tokens !== null) {
    lines.push(
      `Input tokens p50/p95/p99: ${quantiles(tokens.input)}; output: ${quantiles(tokens.output)} (within 1 %).`,
    );
  }
  if (profile.latencyMs !== null)
    lines.push(`Latency p50/p95/p99: ${quantiles(profile.latencyMs)} ms (within 1 %).`);
  if (profile.growth !== null)
    lines.push(`Growth: ${percent(profile.growth.dailyChange)} a day (estimated).`);
  for (const row of profile.unpriced) {
    const billed = row.billedUsd === "0" ? "" : `, billed ${usd(row.billedUsd)}`;
    lines.push(`Unpriced: ${row.provider}/${row.model}, ${plural(row.events, "event")}${billed}.`);
  }
  for (const warning of profile.warnings) lines.push(`Note: ${warning}`);
  return [lines.join("\n"), clusters(profile), drivers(profile, "model"), drivers(profile, "tenant")].join(
    "\n\n",
  );
}

const quantiles = (row: { p50: number; p95: number; p99: number }): string =>
  [row.p50, row.p95, row.p99].map(whole).join(" / ");

function clusters(profile: Profile): string {
  const rows = profile.clusters
    .slice(0, ROWS_SHOWN)
    .map((cluster) => [
      cluster.name,
      whole(cluster.requests),
      usd(cluster.costUsd),
      percent(cluster.costShare),
      whole(cluster.samples),
    ]);
  return table(["cluster", "requests", "cost", "share", "samples"], rows, [
    "left",
    "right",
    "right",
    "right",
    "right",
  ]);
}

function drivers(profile: Profile, dimension: "model" | "tenant"): string {
  const rows = profile.drivers[dimension]
    .slice(0, ROWS_SHOWN)
    .map((row) => [row.key, whole(row.events), usd(row.costUsd), percent(row.share)]);
  return table([dimension, "events", "cost", "share"], rows, ["left", "right", "right", "right"]);
}
