import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import type { ExplainRequest, RemoteRequest, RemoteSettings } from "../contract.js";
import { type BucketReport, checkReports, readReports } from "../platform/bucket-reports.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { costStatement, usageEvent } from "./normalise.js";

const KEY = "OPENAI_ADMIN_KEY";
const GRANT = "an admin key of the organisation with the permission api.usage.read (Usage: Read)";

/** Usage reports whose rows are tokens in and out. Images, audio and storage are billed otherwise: see the costs. */
const REPORTS = ["completions", "embeddings", "moderations"] as const;

/** Most buckets that one page may hold, by width. */
const PAGE_BUCKETS = { "1m": 1440, "1h": 168, "1d": 31 } as const;
const COST_PAGE_BUCKETS = 180;
const DAY_MS = 86_400_000;

const settings = z.object({
  base_url: z.url().default("https://api.openai.com").describe("Where the organisation API is."),
  bucket_width: z.enum(["1m", "1h", "1d"]).default("1h").describe("Time that one usage row sums over."),
  by_key: z.boolean().default(false).describe("Tell API keys apart: more rows."),
  costs: z.boolean().default(true).describe("Read the daily costs too, to reconcile with."),
});

type Settings = RemoteSettings<typeof settings>;

/** OpenAI's organisation usage and costs: what the provider counted and billed, in buckets. */
export const openaiUsageCollector = remoteCollector({
  id: "openai-usage",
  title: "OpenAI usage",
  summary:
    "OpenAI's organisation usage and cost API: tokens by project and model in buckets, and the bill by day",
  yields: ["buckets", "statements"],
  environment: [{ name: KEY, purpose: "admin key of the organisation; reads usage and costs" }],
  grants: [GRANT],
  cannotFill: [
    { column: "intent", reason: "The API has no field for what calls were for." },
    { column: "latency_ms", reason: "Buckets hold sums of tokens, no times." },
    { column: "ttft_ms", reason: "Buckets hold sums of tokens, no times." },
    { column: "cost_usd", reason: "Usage rows carry no money; the costs are read as statements." },
    { column: "region", reason: "The API does not say where calls were served." },
    { column: "cache_write_tokens", reason: "The API gives no sum of written cache tokens." },
    { column: "prompt_hash", reason: "Buckets hold no single call." },
    { column: "conversation_id", reason: "Buckets hold no single call." },
  ],
  latenessHours: 48,
  settings,
  hosts: ({ baseUrl }) => [hostOf(baseUrl)],
  explain: (request) => [
    ...reportsOf(request).map(({ url }) => `GET ${url}&page={page}`),
    "fields: bucket times, token counts, request count, project, model, batch, service tier; amount, currency, line item",
  ],
  read: (request, context) => readReports(reportsOf(request), headersOf(request), request, context),
  check: (request, context) =>
    checkReports(reportsOf(request), ["completions"], headersOf(request), request, context),
});

function reportsOf({
  settings: { baseUrl, ...chosen },
  since,
  until,
}: ExplainRequest<Settings>): BucketReport[] {
  const base = baseUrl.replace(/\/$/, "");
  const width = chosen.bucketWidth;
  const groups = ["project_id", "model", "batch", "service_tier", ...(chosen.byKey ? ["api_key_id"] : [])];
  const window = { start: Math.ceil(since.getTime() / 1000), end: Math.ceil(until.getTime() / 1000) };
  const usage = REPORTS.map((name): BucketReport => {
    // Only completions are told apart by batch and tier.
    const wanted = name === "completions" ? groups : groups.filter((group) => !/batch|tier/.test(group));
    return {
      name,
      url: urlOf(`${base}/v1/organization/usage/${name}`, window, width, wanted, PAGE_BUCKETS[width]),
      grant: GRANT,
      normalise: (result, bucket) => usageEvent(result, bucket, name),
    };
  });
  if (!chosen.costs) return usage;
  // Whole days only: half a day's bill cannot be compared with half a day's calls.
  const days = {
    start: (Math.ceil(since.getTime() / DAY_MS) * DAY_MS) / 1000,
    end: (Math.floor(until.getTime() / DAY_MS) * DAY_MS) / 1000,
  };
  if (days.end <= days.start) return usage;
  const url = urlOf(
    `${base}/v1/organization/costs`,
    days,
    "1d",
    ["project_id", "line_item"],
    COST_PAGE_BUCKETS,
  );
  return [...usage, { name: "costs", url, grant: GRANT, normalise: costStatement }];
}

function urlOf(
  path: string,
  window: { readonly start: number; readonly end: number },
  width: string,
  groups: readonly string[],
  limit: number,
): string {
  const query = new URLSearchParams({
    start_time: String(window.start),
    end_time: String(window.end),
    bucket_width: width,
    limit: String(limit),
  });
  for (const group of groups) query.append("group_by", group);
  return `${path}?${query}`;
}

const headersOf = (request: RemoteRequest<Settings>): Record<string, string> => ({
  authorization: `Bearer ${request.secret(KEY)}`,
});
