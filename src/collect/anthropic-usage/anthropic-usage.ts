import { hostOf } from "../../shared/net.js";
import type { ExplainRequest, RemoteRequest, RemoteSettings } from "../contract.js";
import {
  type BucketReport,
  bucketSettings,
  checkReports,
  PAGE_BUCKETS,
  readReports,
  UNKNOWN_IN_BUCKETS,
  wholeDays,
} from "../platform/bucket-reports.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { costStatement, usageEvent } from "./normalise.js";

const KEY = "ANTHROPIC_ADMIN_KEY";
const GRANT = "an admin key of the organisation (sk-ant-admin...), which only its admins can create";
const API_VERSION = "2023-06-01";

const settings = bucketSettings("https://api.anthropic.com");

type Settings = RemoteSettings<typeof settings>;

/** Anthropic's organisation usage and cost reports: what the provider counted and billed, in buckets. */
export const anthropicUsageCollector = remoteCollector({
  id: "anthropic-usage",
  title: "Anthropic usage",
  summary:
    "Anthropic's organisation usage and cost reports: tokens by workspace and model in buckets, and the bill by day",
  yields: ["buckets", "statements"],
  environment: [{ name: KEY, purpose: "admin key of the organisation; reads usage and costs" }],
  grants: [GRANT],
  cannotFill: [
    ...UNKNOWN_IN_BUCKETS,
    { column: "request_count", reason: "The report sums tokens without saying over how many requests." },
  ],
  latenessHours: 48,
  settings,
  hosts: ({ baseUrl }) => [hostOf(baseUrl)],
  explain: (request) => [
    ...reportsOf(request).map(({ url }) => `GET ${url}&page={page}`),
    "fields: bucket times, token counts, workspace, model, service tier, context window; amount, currency, kind of cost",
  ],
  read: (request, context) => readReports(reportsOf(request), headersOf(request), request, context),
  check: (request, context) =>
    checkReports(reportsOf(request), ["usage"], headersOf(request), request, context),
});

function reportsOf({
  settings: { baseUrl, ...chosen },
  since,
  until,
}: ExplainRequest<Settings>): BucketReport[] {
  const base = `${baseUrl.replace(/\/$/, "")}/v1/organizations`;
  const width = chosen.bucketWidth;
  const groups = ["workspace_id", "model", "service_tier", "context_window", "inference_geo"];
  const usage: BucketReport = {
    name: "usage",
    url: urlOf(`${base}/usage_report/messages`, since, until, width, PAGE_BUCKETS[width], [
      ...groups,
      ...(chosen.byKey ? ["api_key_id"] : []),
    ]),
    grant: GRANT,
    normalise: usageEvent,
  };
  const days = wholeDays({ since, until });
  if (!chosen.costs || days === null) return [usage];
  const url = urlOf(`${base}/cost_report`, days.since, days.until, "1d", PAGE_BUCKETS["1d"], [
    "workspace_id",
    "description",
  ]);
  return [usage, { name: "costs", url, grant: GRANT, normalise: costStatement }];
}

function urlOf(
  path: string,
  since: Date,
  until: Date,
  width: string,
  limit: number,
  groups: readonly string[],
): string {
  const query = new URLSearchParams({
    starting_at: since.toISOString(),
    ending_at: until.toISOString(),
    bucket_width: width,
    limit: String(limit),
  });
  for (const group of groups) query.append("group_by[]", group);
  return `${path}?${query}`;
}

const headersOf = (request: RemoteRequest<Settings>): Record<string, string> => ({
  "x-api-key": request.secret(KEY),
  "anthropic-version": API_VERSION,
});
