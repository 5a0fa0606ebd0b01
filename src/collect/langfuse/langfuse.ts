import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import type { ExplainRequest, ExportReader, RemoteCollector } from "../contract.js";
import { tryAccess } from "../platform/access.js";
import { remoteCollector } from "../platform/remote-collector.js";
import { firstPlace } from "../platform/time-pages.js";
import { contentOfRecord, MODEL_CALLS, normalise } from "./normalise.js";
import { askForOne, askForOneScore, readObservations } from "./read.js";
import { GRANT, OLDER_ORDER, observationsUrl, olderUrl, type Settings, scoresUrl } from "./requests.js";

const settings = z.strictObject({
  base_url: z
    .url()
    .default("https://cloud.langfuse.com")
    .describe("https://us.cloud.langfuse.com in the US; your own address where self-hosted."),
  api: z
    .enum(["v2", "v1"])
    .default("v2")
    .describe("v1 for self-hosted servers before Langfuse 4, which have no other."),
  environments: z
    .array(z.string().min(1))
    .default([])
    .describe("Only calls of these Langfuse environments; of all where it is left out."),
  quality_score: z
    .string()
    .nullable()
    .default(null)
    .describe("Name of the numeric score on observations that becomes the quality of an answer."),
  quality_best: z.number().positive().default(1).describe("Value of that score for a perfect answer."),
});

const NOT_RECORDED = "Langfuse has no field for it.";

const readerFor = (qualityOf?: (id: string) => number | null): ExportReader => ({
  summary: "JSON, JSON lines or CSV of observations, from the UI or from an export to an object store",
  normalise: (record) => normalise(record, qualityOf),
  content: contentOfRecord,
});

const newerRequests = (request: ExplainRequest<Settings>): string[] => [
  ...MODEL_CALLS.map((_, type) => `GET ${observationsUrl(request, { type, cursor: null })}`),
  "  again with the cursor of each answer while there is one",
];

const olderRequests = (request: ExplainRequest<Settings>): string[] => [
  ...MODEL_CALLS.map((_, type) => `GET ${olderUrl(request, type, firstPlace(OLDER_ORDER, request))}`),
  "  again from the last second of each full page",
  "the older API has no choice of fields: text that an answer holds is dropped unless content is asked for",
];

const langfuse: RemoteCollector<typeof settings> = {
  id: "langfuse",
  title: "Langfuse",
  summary: "Generations and embeddings traced in Langfuse, from its API or from exports of observations",
  yields: ["requests"],
  environment: [
    { name: "LANGFUSE_PUBLIC_KEY", purpose: "public key of the project's key pair" },
    { name: "LANGFUSE_SECRET_KEY", purpose: "secret key of the project's key pair" },
  ],
  grants: [GRANT],
  cannotFill: [
    { column: "provider", reason: `${NOT_RECORDED} The price book tells it by the model's name.` },
    { column: "endpoint", reason: NOT_RECORDED },
    { column: "region", reason: NOT_RECORDED },
    { column: "context_length", reason: NOT_RECORDED },
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
    ...(request.settings.qualityScore === null
      ? []
      : [`GET ${scoresUrl(request, 1)}`, "  again with the next page while pages are full"]),
    ...(request.settings.api === "v1" ? olderRequests(request) : newerRequests(request)),
  ],
  read: (request, context) => readObservations(request, readerFor, context),
  check: async function* check(request, context) {
    const host = hostOf(request.settings.baseUrl);
    yield await tryAccess(`read observations of ${host}`, () => askForOne(request, context));
    if (request.settings.qualityScore !== null)
      yield await tryAccess(`read scores of ${host}`, () => askForOneScore(request, context));
  },
  exports: readerFor(),
};

export const langfuseCollector = remoteCollector(langfuse);
