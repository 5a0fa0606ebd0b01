import type { Context } from "../../shared/context.js";
import { sendJson } from "../../shared/http.js";
import type { Collected, ExplainRequest, ExportReader, RemoteRequest } from "../contract.js";
import { asObject, readNumber, readText } from "../fields.js";
import { batchesOf, recordsIn } from "../request-pages.js";
import { MODEL_CALLS } from "./normalise.js";

export interface Settings {
  readonly baseUrl: string;
  readonly environments: readonly string[];
  readonly qualityScore: string | null;
  readonly qualityBest: number;
}

type Request = RemoteRequest<Settings>;

export const GRANT =
  "A Langfuse API key pair of the project (project settings, API Keys); it can also write, Langfuse has no read-only one";

const OBSERVATIONS_PER_PAGE = 1000;
const SCORES_PER_PAGE = 100;

/** Groups of fields without text; `io` is the one with it, and metadata can hold anything. */
const FIELDS = "core,basic,time,model,usage,prompt,metrics";

/** Where reading goes on: the kind of call, its cursor, and how many records came before. */
interface Place {
  readonly type: number;
  readonly cursor: string | null;
  readonly before: number;
}

const START: Place = { type: 0, cursor: null, before: 0 };

/** One kind of call after the other. Cursors stand for a place in the data, so that what arrives meanwhile moves nothing. */
export async function* readObservations(
  request: Request,
  readerFor: (qualityOf: (id: string) => number | null) => ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  let place: Place | null =
    request.resumeFrom === null ? START : (JSON.parse(request.resumeFrom) as Place | null);
  if (place === null) return;
  const scores = await readScores(request, context);
  const reader = readerFor((id) => scores.get(id) ?? null);
  while (place !== null) {
    const answer = await ask(request, observationsUrl(request, place), context);
    const records = recordsIn(answer, "data", "Langfuse");
    const next = placeAfter(place, answer, records.length);
    const { before } = place;
    yield* batchesOf(
      { file: `${request.name}:observations`, records, before, checkpoint: JSON.stringify(next) },
      reader,
      request,
    );
    place = next;
  }
}

function placeAfter({ type, before }: Place, answer: unknown, read: number): Place | null {
  const cursor = readText(asObject(asObject(answer)?.meta)?.cursor, "meta.cursor");
  if (cursor !== null && read > 0) return { type, cursor, before: before + read };
  return type + 1 < MODEL_CALLS.length ? { type: type + 1, cursor: null, before: before + read } : null;
}

/** Values of the score that stands for quality, by observation; empty where none is named. Scores of traces are no call's. */
async function readScores(request: Request, context: Context): Promise<ReadonlyMap<string, number>> {
  const scores = new Map<string, number>();
  if (request.settings.qualityScore === null) return scores;
  for (let page = 1, read = SCORES_PER_PAGE; read === SCORES_PER_PAGE; page += 1) {
    const answer = await ask(request, scoresUrl(request, page), context);
    const records = recordsIn(answer, "data", "Langfuse");
    for (const record of records) {
      const score = asObject(record) ?? {};
      const quality = (readNumber(score.value, "value") ?? Number.NaN) / request.settings.qualityBest;
      if (typeof score.observationId === "string" && quality >= 0 && quality <= 1)
        scores.set(score.observationId, quality);
    }
    read = records.length;
  }
  return scores;
}

/** The smallest question that the key must be allowed to ask. */
export const askForOne = (request: Request, context: Context): Promise<unknown> =>
  ask(request, observationsUrl(request, START, 1), context);

export const askForOneScore = (request: Request, context: Context): Promise<unknown> =>
  ask(request, scoresUrl(request, 1, 1), context);

function ask(request: Request, url: string, context: Context): Promise<unknown> {
  const keys = `${request.secret("LANGFUSE_PUBLIC_KEY")}:${request.secret("LANGFUSE_SECRET_KEY")}`;
  const headers = { authorization: `Basic ${Buffer.from(keys, "utf8").toString("base64")}` };
  return sendJson(request.http(GRANT), { url, headers }, context);
}

type Asked = ExplainRequest<Settings>;

export function observationsUrl(
  { settings, since, until, includeContent }: Asked,
  { type, cursor }: Pick<Place, "type" | "cursor">,
  limit = OBSERVATIONS_PER_PAGE,
): string {
  const query = new URLSearchParams({
    type: MODEL_CALLS[type]!,
    fromStartTime: since.toISOString(),
    toStartTime: until.toISOString(),
    fields: includeContent ? `${FIELDS},io` : FIELDS,
    limit: String(limit),
  });
  for (const environment of settings.environments) query.append("environment", environment);
  if (cursor !== null) query.set("cursor", cursor);
  return `${rootOf(settings)}/api/public/v2/observations?${query}`;
}

export function scoresUrl({ settings, since, until }: Asked, page: number, limit = SCORES_PER_PAGE): string {
  const query = new URLSearchParams({
    name: settings.qualityScore ?? "",
    fromTimestamp: since.toISOString(),
    toTimestamp: until.toISOString(),
    limit: String(limit),
    page: String(page),
  });
  return `${rootOf(settings)}/api/public/v2/scores?${query}`;
}

const rootOf = ({ baseUrl }: Settings): string => baseUrl.replace(/\/+$/, "");
