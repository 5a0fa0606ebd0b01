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

const KEY = "OPENAI_ADMIN_KEY";
const GRANT = "an admin key of the organisation with the permission api.usage.read (Usage: Read)";

/** Usage reports whose rows are tokens in and out. Images, audio and storage are billed otherwise: see the costs. */
const REPORTS = ["completions", "embeddings", "moderations"] as const;

const COST_PAGE_BUCKETS = 180;

const settings = bucketSettings("https://api.openai.com");

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
    ...UNKNOWN_IN_BUCKETS,
    { column: "region", reason: "The API does not say where calls were served." },
    { column: "cache_write_tokens", reason: "The API gives no sum of written cache tokens." },
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
  const window = { since, until };
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
  const days = wholeDays({ since, until });
  if (days === null) return usage;
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
  { since, until }: { readonly since: Date; readonly until: Date },
  width: string,
  groups: readonly string[],
  limit: number,
): string {
  const query = new URLSearchParams({
    start_time: String(Math.ceil(since.getTime() / 1000)),
    end_time: String(Math.ceil(until.getTime() / 1000)),
    bucket_width: width,
    limit: String(limit),
  });
  for (const group of groups) query.append("group_by", group);
  return `${path}?${query}`;
}

const headersOf = (request: RemoteRequest<Settings>): Record<string, string> => ({
  authorization: `Bearer ${request.secret(KEY)}`,
});
