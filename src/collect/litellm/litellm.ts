import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import type { ExportReader, RemoteCollector } from "../contract.js";
import { tryAccess } from "../platform/access.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { contentOfRecord, DEFAULT_READING, normalise, type Reading, TENANTS } from "./normalise.js";
import { findPath, firstUrls, GRANT, readRows } from "./requests.js";

const settings = z.strictObject({
  base_url: z.url().describe("Address of the proxy: https://litellm.example.com"),
  tenant: z
    .enum(TENANTS)
    .nullable()
    .default(DEFAULT_READING.tenant)
    .describe(
      "What names the tenant; the first of team, end user and user that is set where it is left out.",
    ),
  intent_tag_prefix: z
    .string()
    .default(DEFAULT_READING.intentTagPrefix)
    .describe("Only a request tag that begins so names the intent, for example intent: (without it)."),
  cost_basis: z
    .enum(["list_price", "billed"])
    .default(DEFAULT_READING.costBasis)
    .describe("billed where the proxy computes spend with the prices of your contract."),
});

const NOT_RECORDED = "The spend log has no column for it.";

const readerOf = (reading: Reading): ExportReader => ({
  summary: 'CSV, JSON or JSON lines of the table "LiteLLM_SpendLogs"',
  normalise: (record) => normalise(record, reading),
  content: contentOfRecord,
});

const litellm: RemoteCollector<typeof settings> = {
  id: "litellm",
  title: "LiteLLM",
  summary: "Spend log of a LiteLLM proxy, from the proxy or from exports of its table",
  yields: ["requests"],
  environment: [{ name: "LITELLM_API_KEY", purpose: "virtual key that may view all spend" }],
  grants: [GRANT],
  cannotFill: [
    { column: "quality_score", reason: NOT_RECORDED },
    { column: "context_length", reason: NOT_RECORDED },
    { column: "max_tokens", reason: "It stands in the request's body, which is not read." },
    { column: "retry_of", reason: "Each attempt has a row of its own, without a mark." },
    { column: "service_tier", reason: NOT_RECORDED },
    { column: "turn", reason: NOT_RECORDED },
    { column: "prompt_hash", reason: "Text is not read." },
    { column: "prefix_hashes", reason: "Text is not read." },
  ],
  latenessHours: 1,
  settings,
  hosts: ({ baseUrl }) => [hostOf(baseUrl)],
  explain: (request) => [
    ...firstUrls(request).map((url) => `GET ${url}`),
    "  the second one only where the proxy does not know the first; again from the last second of each full page",
    "the proxy has no choice of columns: text that a row holds is dropped unless content is asked for",
  ],
  read: (request, context) => readRows(request, readerOf(request.settings), context),
  check: async function* check(request, context) {
    yield await tryAccess(`read the spend log of ${hostOf(request.settings.baseUrl)}`, () =>
      findPath(request, context),
    );
  },
  exports: readerOf(DEFAULT_READING),
};

export const litellmCollector = remoteCollector(litellm);
