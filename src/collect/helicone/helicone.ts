import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import type { ExportReader, RemoteCollector } from "../contract.js";
import { tryAccess } from "../platform/access.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { contentOfRecord, DEFAULT_READING, normalise, type Reading } from "./normalise.js";
import { askForOne, GRANT, queryBody, readRequests, urlOf } from "./requests.js";

const settings = z.strictObject({
  base_url: z
    .url()
    .default("https://api.helicone.ai")
    .describe("https://eu.api.helicone.ai for accounts in the EU; the address of Jawn where self-hosted."),
  tenant_property: z
    .string()
    .nullable()
    .default(DEFAULT_READING.tenantProperty)
    .describe("Custom property that names the tenant; the user id where it is left out."),
  intent_property: z
    .string()
    .nullable()
    .default(DEFAULT_READING.intentProperty)
    .describe("Custom property that names the intent; the prompt id where it is left out."),
  quality_score: z
    .string()
    .nullable()
    .default(DEFAULT_READING.qualityScore)
    .describe("Score that becomes the quality of an answer, for example helicone-score-feedback."),
  quality_best: z
    .number()
    .positive()
    .default(DEFAULT_READING.qualityBest)
    .describe("Value of that score for a perfect answer; 1 for helicone-score-feedback."),
  prompt_tokens_include_cached: z
    .boolean()
    .default(DEFAULT_READING.promptTokensIncludeCached)
    .describe("For older servers, which counted OpenAI's cached tokens in prompt_tokens."),
});

const NOT_RECORDED = "Helicone does not return it.";

const readerOf = (reading: Reading): ExportReader => ({
  summary: "JSON, JSON lines or CSV that `npx @helicone/export` wrote",
  normalise: (record) => normalise(record, reading),
  content: contentOfRecord,
});

const helicone: RemoteCollector<typeof settings> = {
  id: "helicone",
  title: "Helicone",
  summary: "Requests logged by Helicone, from its API or from files of @helicone/export",
  yields: ["requests"],
  environment: [{ name: "HELICONE_API_KEY", purpose: "API key of the organisation, with read access" }],
  grants: [GRANT],
  cannotFill: [
    { column: "region", reason: "Helicone knows the caller's country, not where the model ran." },
    { column: "reasoning_tokens", reason: NOT_RECORDED },
    { column: "cache_write_1h_tokens", reason: "Cache writes of all lifetimes are one figure." },
    { column: "context_length", reason: NOT_RECORDED },
    { column: "max_tokens", reason: "It stands in the request's body, which is not read." },
    { column: "retry_of", reason: NOT_RECORDED },
    { column: "batch", reason: NOT_RECORDED },
    { column: "service_tier", reason: NOT_RECORDED },
    { column: "turn", reason: NOT_RECORDED },
    { column: "prompt_hash", reason: "Text is not read." },
    { column: "prefix_hashes", reason: "Text is not read." },
  ],
  latenessHours: 1,
  settings,
  hosts: ({ baseUrl }) => [hostOf(baseUrl)],
  explain: (request) => [
    `POST ${urlOf(request.settings)}`,
    `  ${JSON.stringify(queryBody(request))}`,
    "  again from the last second of each full page",
    "the API has no choice of fields: a body that an answer holds is dropped unless content is asked for",
  ],
  read: (request, context) => readRequests(request, readerOf(request.settings), context),
  check: async function* check(request, context) {
    yield await tryAccess(`query requests of ${hostOf(request.settings.baseUrl)}`, () =>
      askForOne(request, context),
    );
  },
  exports: readerOf(DEFAULT_READING),
};

export const heliconeCollector = remoteCollector(helicone);
