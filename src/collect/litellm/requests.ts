import type { Context } from "../../shared/context.js";
import { sendJson } from "../../shared/http.js";
import type { Collected, ExportReader, RemoteRequest } from "../contract.js";
import { asObject } from "../platform/fields.js";
import { batchesOf, recordsIn } from "../platform/request-pages.js";
import {
  ceilToSecond,
  firstPlace,
  floorToSecond,
  placeAfter,
  type TimeOrder,
  type TimePlace,
  unseen,
} from "../platform/time-pages.js";

export const GRANT =
  "A LiteLLM virtual key of a user with the role proxy_admin_viewer, which sees all spend and changes nothing (the master key works too)";

/** Newer proxies first; the older path takes the same questions. */
const PATHS = ["/spend/logs/v2", "/spend/logs/ui"] as const;

/** The most rows that an answer holds; every version sorts newest first, older ones cannot do otherwise. */
const ORDER: TimeOrder = { direction: "descending", pageSize: 100, id: "request_id", instant: "startTime" };

type Request = RemoteRequest<{ readonly baseUrl: string }>;
type Asked = Pick<Request, "settings" | "since" | "until">;

export async function* readRows(
  request: Request,
  reader: ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  const file = `${request.name}:spend-logs`;
  let place: TimePlace | null =
    request.resumeFrom === null
      ? firstPlace(ORDER, request)
      : (JSON.parse(request.resumeFrom) as TimePlace | null);
  if (place === null) return;
  const path = await findPath(request, context);
  while (place !== null) {
    const page = recordsIn(await ask(request, pageUrl(request, path, place), context), "data", "LiteLLM");
    const records = unseen(place, page, ORDER);
    const next = placeAfter(place, page, ORDER);
    yield* batchesOf(
      { file, records, before: place.before, checkpoint: JSON.stringify(next) },
      reader,
      request,
    );
    place = next;
  }
}

/** The first path that the proxy knows; asked for one row only. */
export async function findPath(request: Request, context: Context): Promise<string> {
  const [newer, older] = PATHS;
  const answer = await ask(request, pageUrl(request, newer, firstPlace(ORDER, request), 1), context, [404]);
  if (Array.isArray(asObject(answer)?.data)) return newer;
  await ask(request, pageUrl(request, older, firstPlace(ORDER, request), 1), context);
  return older;
}

function ask(
  request: Request,
  url: string,
  context: Context,
  passing: readonly number[] = [],
): Promise<unknown> {
  const headers = { authorization: `Bearer ${request.secret("LITELLM_API_KEY")}` };
  return sendJson(request.http(GRANT), { url, headers, passing }, context);
}

/** The requests that a read begins with, for `explain`. */
export const firstUrls = (request: Asked): readonly string[] =>
  PATHS.map((path) => pageUrl(request, path, firstPlace(ORDER, request)));

/** Both bounds belong to what is asked for, to the second; what is outside the window is left out afterwards. */
function pageUrl(
  { settings, since }: Asked,
  path: string,
  { atMs, offset }: TimePlace,
  pageSize = ORDER.pageSize,
): string {
  const query = new URLSearchParams({
    start_date: secondOf(floorToSecond(since.getTime())),
    end_date: secondOf(ceilToSecond(atMs)),
    page: String(Math.floor(offset / pageSize) + 1),
    page_size: String(pageSize),
  });
  return `${settings.baseUrl.replace(/\/+$/, "")}${path}?${query}`;
}

/** As the proxy reads it: `2026-11-20 00:00:00`, UTC. */
const secondOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
