import type { Context } from "../../shared/context.js";
import { sendJson } from "../../shared/http.js";
import type { Collected, ExportReader, RemoteRequest } from "../contract.js";
import { batchesOf, recordsIn } from "../platform/request-pages.js";
import {
  ceilToSecond,
  firstPlace,
  placeAfter,
  type TimeOrder,
  type TimePlace,
  unseen,
} from "../platform/time-pages.js";

const PATH = "/v1/request/query-clickhouse";
export const GRANT =
  "A Helicone API key of the organisation that may read requests (Settings, API Keys; write access is not needed)";

/** Pages of the most records that one answer holds, oldest first. Its filters may be exact to the second only. */
const ORDER: TimeOrder = {
  direction: "ascending",
  pageSize: 1000,
  id: "request_id",
  instant: "request_created_at",
};

type Request = RemoteRequest<{ readonly baseUrl: string }>;

export async function* readRequests(
  request: Request,
  reader: ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  const file = `${request.name}:requests`;
  let place: TimePlace | null =
    request.resumeFrom === null
      ? firstPlace(ORDER, request)
      : (JSON.parse(request.resumeFrom) as TimePlace | null);
  while (place !== null) {
    const page = recordsIn(await ask(request, queryBody(request, place), context), "data", "Helicone");
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

/** The smallest question that the key must be allowed to ask. */
export const askForOne = (request: Request, context: Context): Promise<unknown> =>
  ask(request, { ...queryBody(request), limit: 1 }, context);

function ask(request: Request, json: unknown, context: Context): Promise<unknown> {
  const headers = { authorization: `Bearer ${request.secret("HELICONE_API_KEY")}` };
  return sendJson(request.http(GRANT), { url: urlOf(request.settings), headers, json }, context);
}

export const urlOf = ({ baseUrl }: { readonly baseUrl: string }): string =>
  `${baseUrl.replace(/\/+$/, "")}${PATH}`;

/** The question for one page; for the first one where no place is given. */
export function queryBody(
  window: Pick<Request, "since" | "until">,
  { atMs, offset }: Pick<TimePlace, "atMs" | "offset"> = firstPlace(ORDER, window),
) {
  const bound = (operator: "gte" | "lt", ms: number) => ({
    request_response_rmt: { request_created_at: { [operator]: new Date(ms).toISOString() } },
  });
  return {
    filter: {
      left: bound("gte", atMs),
      operator: "and",
      right: bound("lt", ceilToSecond(window.until.getTime())),
    },
    sort: { created_at: "asc" },
    limit: ORDER.pageSize,
    offset,
  };
}
