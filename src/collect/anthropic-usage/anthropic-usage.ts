import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import type { ExplainRequest, RemoteRequest, RemoteSettings } from "../contract.js";
import { type BucketReport, checkReports, readReports } from "../platform/bucket-reports.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { costStatement, usageEvent } from "./normalise.js";

const KEY = "ANTHROPIC_ADMIN_KEY";
const GRANT = "an admin key of the organisation (sk-ant-admin...), which only its admins can create";
const API_VERSION = "2023-06-01";

/** Most buckets that one page may hold, by width. */
const PAGE_BUCKETS = { "1m": 1440, "1h": 168, "1d": 31 } as const;
const DAY_MS = 86_400_000;

const settings = z.object({
  base_url: z.url().default("https://api.anthropic.com").describe("Where the organisation API is."),
  bucket_width: z.enum(["1m", "1h", "1d"]).default("1h").describe("Time that one usage row sums over."),
  by_key: z.boolean().default(false).describe("Tell API keys apart: more rows."),
  costs: z.boolean().default(true).describe("Read the daily cost report too, to reconcile with."),
});

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
    { column: "intent", reason: "The report has no field for what calls were for." },
    { column: "latency_ms", reason: "Buckets hold sums of tokens, no times." },
    { column: "ttft_ms", reason: "Buckets hold sums of tokens, no times." },
    { column: "cost_usd", reason: "Usage rows carry no money; the costs are read as statements." },
    { column: "request_count", reason: "The report sums tokens without saying over how many requests." },
    { column: "prompt_hash", reason: "Buckets hold no single call." },
    { column: "conversation_id", reason: "Buckets hold no single call." },
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
  // Whole days only: half a day's bill cannot be compared with half a day's calls.
  const firstDay = new Date(Math.ceil(since.getTime() / DAY_MS) * DAY_MS);
  const lastDay = new Date(Math.floor(until.getTime() / DAY_MS) * DAY_MS);
  if (!chosen.costs || lastDay <= firstDay) return [usage];
  const url = urlOf(`${base}/cost_report`, firstDay, lastDay, "1d", PAGE_BUCKETS["1d"], [
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
