import { z } from "zod";
import { hostOf } from "../../shared/net.js";
import type { ExportReader, RemoteCollector } from "../contract.js";
import { tryAccess } from "../platform/access.js";
import { remoteCollector } from "../platform/remote-collector.js";
import {
  contentOfRecord,
  DEFAULT_READING,
  MODEL_CALLS,
  normalise,
  type Reading,
  runsIn,
} from "./normalise.js";
import {
  askForOne,
  findProjects,
  GRANT,
  projectPath,
  QUERY,
  queryBody,
  readRuns,
  urlOf,
} from "./requests.js";

const settings = z.strictObject({
  base_url: z
    .url()
    .default("https://api.smith.langchain.com")
    .describe("https://eu.api.smith.langchain.com in the EU; your own address where self-hosted."),
  workspace_id: z
    .string()
    .nullable()
    .default(null)
    .describe("For keys that see several workspaces: the one to read."),
  projects: z.array(z.string().min(1)).min(1).describe("Names of the tracing projects to read."),
  tenant_metadata: z
    .string()
    .default(DEFAULT_READING.tenantMetadata)
    .describe("Key of the metadata that names the tenant; the project where a run has none."),
  intent_metadata: z
    .string()
    .nullable()
    .default(DEFAULT_READING.intentMetadata)
    .describe("Key of the metadata that names the intent; the run's name where it is left out."),
  quality_feedback: z
    .string()
    .nullable()
    .default(DEFAULT_READING.qualityFeedback)
    .describe("Feedback key whose average becomes the quality of an answer."),
  quality_best: z
    .number()
    .positive()
    .default(DEFAULT_READING.qualityBest)
    .describe("Value of that feedback for a perfect answer."),
});

const NOT_RECORDED = "LangSmith has no field for it.";

const readerOf = (reading: Reading, project: string | null = null): ExportReader => ({
  summary: "JSON, JSON lines or CSV of runs, or answers of the API that were kept",
  normalise: (record) => normalise(record, reading, project),
  content: contentOfRecord,
  unpack: runsIn,
});

const langsmith: RemoteCollector<typeof settings> = {
  id: "langsmith",
  title: "LangSmith",
  summary: "Model and embedding runs traced in LangSmith, from its API or from exports of runs",
  yields: ["requests"],
  environment: [
    { name: "LANGSMITH_API_KEY", purpose: "API key of the workspace, with a role that may read" },
  ],
  grants: [GRANT],
  cannotFill: [
    { column: "endpoint", reason: NOT_RECORDED },
    { column: "region", reason: NOT_RECORDED },
    { column: "context_length", reason: NOT_RECORDED },
    { column: "retry_of", reason: NOT_RECORDED },
    { column: "batch", reason: NOT_RECORDED },
    { column: "service_tier", reason: "The tier that was asked for is not always the one that served." },
    { column: "turn", reason: NOT_RECORDED },
    { column: "prompt_hash", reason: "Text is not read." },
    { column: "prefix_hashes", reason: "Text is not read." },
  ],
  latenessHours: 24,
  settings,
  hosts: ({ baseUrl }) => [hostOf(baseUrl)],
  explain: (request) => [
    ...request.settings.projects.map((name) => `GET ${urlOf(request.settings, projectPath(name))}`),
    `POST ${urlOf(request.settings, QUERY)}`,
    ...MODEL_CALLS.map(
      (_, type) => `  ${JSON.stringify(queryBody(request, "<id of each project>", { type, cursor: null }))}`,
    ),
    "  again with the cursor of each answer while there is one",
  ],
  read: (request, context) => readRuns(request, (project) => readerOf(request.settings, project), context),
  check: async function* check(request, context) {
    let ids: readonly string[] = [];
    yield await tryAccess(`find the projects in ${hostOf(request.settings.baseUrl)}`, async () => {
      ids = await findProjects(request, context);
    });
    for (const [index, id] of ids.entries()) {
      yield await tryAccess(`query runs of ${request.settings.projects[index]}`, () =>
        askForOne(request, id, context),
      );
    }
  },
  exports: readerOf(DEFAULT_READING),
};

export const langsmithCollector = remoteCollector(langsmith);
