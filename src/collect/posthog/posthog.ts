import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import type { ExportReader, RemoteCollector } from "../contract.js";
import { tryAccess } from "../platform/access.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { contentOfRecord, DEFAULT_READING, normalise, type Reading } from "./normalise.js";
import { PROPERTY_NAME, queryBody, queryText } from "./query.js";
import { askForOne, GRANT, readEvents, urlOf } from "./requests.js";

const property = z.string().regex(PROPERTY_NAME, "expected the name of a property: team, or $groups.company");

const settings = z.strictObject({
  base_url: z
    .url()
    .default("https://us.posthog.com")
    .describe("https://eu.posthog.com in the EU; your own address where self-hosted."),
  project_id: z.string().regex(/^\d+$/, "expected the number of the project, in quotes"),
  tenant_property: property
    .nullable()
    .default(DEFAULT_READING.tenantProperty)
    .describe("Event property that names the tenant; the distinct id where it is left out."),
  intent_property: property
    .default(DEFAULT_READING.intentProperty)
    .describe("Event property that names the intent."),
  page_rows: z
    .int()
    .min(100)
    .max(50_000)
    .default(10_000)
    .describe("Events a query. PostHog limits queries by the hour: more events, fewer queries."),
});

const NOT_RECORDED = "PostHog has no property for it.";

const readerOf = (reading: Reading): ExportReader => ({
  summary: "JSON, JSON lines or CSV of events, as batch exports write them",
  normalise: (record) => normalise(record, reading),
  content: contentOfRecord,
});

const posthog: RemoteCollector<typeof settings> = {
  id: "posthog",
  title: "PostHog",
  summary: "Generations and embeddings captured by PostHog, by query or from batch exports of events",
  yields: ["requests"],
  environment: [{ name: "POSTHOG_API_KEY", purpose: "personal API key with the scope query:read" }],
  grants: [GRANT],
  cannotFill: [
    { column: "region", reason: NOT_RECORDED },
    { column: "quality_score", reason: "Feedback and metrics are events of a trace, not of a call." },
    { column: "context_length", reason: NOT_RECORDED },
    { column: "cache_write_1h_tokens", reason: "Cache writes of all lifetimes are one figure." },
    { column: "retry_of", reason: NOT_RECORDED },
    { column: "batch", reason: NOT_RECORDED },
    { column: "service_tier", reason: NOT_RECORDED },
    { column: "turn", reason: NOT_RECORDED },
    { column: "prompt_hash", reason: "Text is not read." },
    { column: "prefix_hashes", reason: "Text is not read." },
  ],
  latenessHours: 24,
  settings,
  hosts: ({ baseUrl }) => [hostOf(baseUrl)],
  explain: (request) => {
    const { values } = queryBody(request, { afterMs: request.since.getTime(), afterId: "" }).query;
    return [
      `POST ${urlOf(request.settings)}`,
      ...queryText(request)
        .split("\n")
        .map((line) => `  ${line}`),
      `  with ${JSON.stringify(values)}`,
      "  again from the last event of each full answer",
    ];
  },
  read: (request, context) => readEvents(request, readerOf(request.settings), context),
  check: async function* check(request, context) {
    const { baseUrl, projectId } = request.settings;
    yield await tryAccess(`query events of project ${projectId} on ${hostOf(baseUrl)}`, () =>
      askForOne(request, context),
    );
  },
  exports: readerOf(DEFAULT_READING),
};

export const posthogCollector = remoteCollector(posthog);
