import type { Context } from "../../shared/context.js";
import { UsageError } from "../../shared/errors.js";
import { sendJson } from "../../shared/http.js";
import type { Collected, ExplainRequest, ExportReader, RemoteRequest } from "../contract.js";
import { asObject } from "../platform/fields.js";
import { batchesOf, cursorIn, recordsIn } from "../platform/request-pages.js";
import { MODEL_CALLS } from "./normalise.js";

export interface Settings {
  readonly baseUrl: string;
  readonly workspaceId: string | null;
  readonly projects: readonly string[];
  readonly qualityFeedback: string | null;
}

type Request = RemoteRequest<Settings>;

export const GRANT =
  "A LangSmith API key of a workspace role with runs:read and projects:read (the built-in Viewer has both)";

const PAGE_SIZE = 100;

/** Fields without text. `extra` holds model and metadata; what else stands in it is dropped as it is read. */
const SELECT = [
  "id",
  "name",
  "run_type",
  "start_time",
  "end_time",
  "first_token_time",
  "status",
  "extra",
  "prompt_tokens",
  "completion_tokens",
  "prompt_token_details",
  "completion_token_details",
  "total_cost",
];

/** Where reading goes on: the project, the type of run, its cursor, and how many records came before. */
interface Place {
  readonly project: number;
  readonly type: number;
  readonly cursor: string | null;
  readonly before: number;
}

const START: Place = { project: 0, type: 0, cursor: null, before: 0 };

/** Projects one after the other, and in each the types of run. Cursors keep their place while runs arrive. */
export async function* readRuns(
  request: Request,
  readerFor: (project: string) => ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  let place: Place | null =
    request.resumeFrom === null ? START : (JSON.parse(request.resumeFrom) as Place | null);
  if (place === null) return;
  const { projects } = request.settings;
  const ids = await findProjects(request, context);
  const file = `${request.name}:runs`;
  while (place !== null) {
    const { project, before } = place;
    const answer = await ask(request, QUERY, queryBody(request, ids[project]!, place), context);
    const records = recordsIn(answer, "runs", "LangSmith");
    const next = placeAfter(place, answer, records.length, projects.length);
    yield* batchesOf(
      { file, records, before, checkpoint: JSON.stringify(next) },
      readerFor(projects[project]!),
      request,
    );
    place = next;
  }
}

function placeAfter(
  { project, type, before }: Place,
  answer: unknown,
  read: number,
  projects: number,
): Place | null {
  const cursor = cursorIn(answer, ["cursors", "next"]);
  const rest = { cursor: null, before: before + read };
  if (cursor !== null && read > 0) return { ...rest, project, type, cursor };
  if (type + 1 < MODEL_CALLS.length) return { ...rest, project, type: type + 1 };
  return project + 1 < projects ? { ...rest, project: project + 1, type: 0 } : null;
}

/** Ids of the projects, in the order of the settings. Throws TOP-COLLECT-PROJECT for a name that is none. */
export async function findProjects(request: Request, context: Context): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const name of request.settings.projects) {
    const answer = await ask(request, projectPath(name), undefined, context);
    const found = recordsIn(answer, null, "LangSmith")
      .map(asObject)
      .find((project) => project?.name === name);
    if (typeof found?.id !== "string") throw unknownProject(name);
    ids.push(found.id);
  }
  return ids;
}

const unknownProject = (name: string): UsageError =>
  new UsageError({
    code: "TOP-COLLECT-PROJECT",
    message: `LangSmith shows no project "${name}".`,
    found: "The key may not see it, or it has another name.",
    fix: "Compare projects: in tokenop.yaml with the tracing projects of the key's workspace.",
  });

/** The smallest question that the key must be allowed to ask of a project. */
export const askForOne = (request: Request, projectId: string, context: Context): Promise<unknown> =>
  ask(request, QUERY, { ...queryBody(request, projectId, START), limit: 1 }, context);

function ask(request: Request, path: string, json: unknown, context: Context): Promise<unknown> {
  const { workspaceId } = request.settings;
  const headers = {
    "x-api-key": request.secret("LANGSMITH_API_KEY"),
    ...(workspaceId !== null && { "x-tenant-id": workspaceId }),
  };
  const url = urlOf(request.settings, path);
  return sendJson(request.http(GRANT), { url, headers, ...(json !== undefined && { json }) }, context);
}

export const QUERY = "/api/v1/runs/query";

export const projectPath = (name: string): string =>
  `/api/v1/sessions?${new URLSearchParams({ name, limit: "10" })}`;

export const urlOf = ({ baseUrl }: Settings, path: string): string => `${baseUrl.replace(/\/+$/, "")}${path}`;

/** The question for one page of a project's runs. */
export function queryBody(
  { settings, since, until, includeContent }: ExplainRequest<Settings>,
  projectId: string,
  { type, cursor }: Pick<Place, "type" | "cursor">,
) {
  return {
    session: [projectId],
    run_type: MODEL_CALLS[type],
    start_time: since.toISOString(),
    filter: `and(gte(start_time, "${since.toISOString()}"), lt(start_time, "${until.toISOString()}"))`,
    select: [
      ...SELECT,
      ...(settings.qualityFeedback === null ? [] : ["feedback_stats"]),
      ...(includeContent ? ["inputs", "outputs"] : []),
    ],
    limit: PAGE_SIZE,
    ...(cursor !== null && { cursor }),
  };
}
