import type { Context } from "../../shared/context.js";
import { sendJson } from "../../shared/http.js";
import type { ExplainRequest, RemoteRequest } from "../contract.js";
import type { TimeOrder, TimePlace } from "../platform/time-pages.js";
import { MODEL_CALLS } from "./normalise.js";

export interface Settings {
  readonly baseUrl: string;
  readonly api: "v2" | "v1";
  readonly environments: readonly string[];
  readonly qualityScore: string | null;
  readonly qualityBest: number;
}

export type Request = RemoteRequest<Settings>;
type Asked = ExplainRequest<Settings>;

export const GRANT =
  "A Langfuse API key pair of the project (project settings, API Keys); it can also write, Langfuse has no read-only one";

const PAGE_SIZE = 1000;
export const SCORES_PER_PAGE = 100;

/** The older API pages by number, newest first, at most 100 a page. */
export const OLDER_ORDER: TimeOrder = {
  direction: "descending",
  pageSize: 100,
  id: "id",
  instant: "startTime",
};

/** Groups of fields without text; `io` is the one with it, and metadata can hold anything. */
const FIELDS = "core,basic,time,model,usage,prompt,metrics";

export function ask(request: Request, url: string, context: Context): Promise<unknown> {
  const keys = `${request.secret("LANGFUSE_PUBLIC_KEY")}:${request.secret("LANGFUSE_SECRET_KEY")}`;
  const headers = { authorization: `Basic ${Buffer.from(keys, "utf8").toString("base64")}` };
  return sendJson(request.http(GRANT), { url, headers }, context);
}

/** Observations of one type, with groups of fields and a cursor. */
export function observationsUrl(
  { settings, since, until, includeContent }: Asked,
  { type, cursor }: { readonly type: number; readonly cursor: string | null },
  limit = PAGE_SIZE,
): string {
  const query = new URLSearchParams({
    type: MODEL_CALLS[type]!,
    fromStartTime: since.toISOString(),
    toStartTime: until.toISOString(),
    fields: includeContent ? `${FIELDS},io` : FIELDS,
    limit: String(limit),
  });
  if (cursor !== null) query.set("cursor", cursor);
  return urlOf(settings, "v2/observations", query);
}

/** Observations of one type from the older API, which has no choice of fields. */
export function olderUrl(
  { settings, since, until }: Asked,
  type: number,
  { atMs, offset }: Pick<TimePlace, "atMs" | "offset">,
  limit = OLDER_ORDER.pageSize,
): string {
  const query = new URLSearchParams({
    type: MODEL_CALLS[type]!,
    fromStartTime: since.toISOString(),
    toStartTime: new Date(Math.min(atMs, until.getTime())).toISOString(),
    limit: String(limit),
    page: String(Math.floor(offset / limit) + 1),
  });
  return urlOf(settings, "observations", query);
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

function urlOf(settings: Settings, path: string, query: URLSearchParams): string {
  for (const environment of settings.environments) query.append("environment", environment);
  return `${rootOf(settings)}/api/public/${path}?${query}`;
}

const rootOf = ({ baseUrl }: Settings): string => baseUrl.replace(/\/+$/, "");
