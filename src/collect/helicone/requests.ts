import type { Context } from "../../shared/context.js";
import { sendJson } from "../../shared/http.js";
import type { Collected, ExportReader, RemoteRequest } from "../contract.js";
import { asObject, readInstant } from "../fields.js";
import { batchesOf, recordsIn } from "../request-pages.js";

export const PATH = "/v1/request/query-clickhouse";
export const GRANT =
  "A Helicone API key of the organisation that may read requests (Settings, API Keys; write access is not needed)";

/** Most records that one answer holds. */
const PAGE_SIZE = 1000;
const SECOND_MS = 1000;

/** Where reading goes on: from a second, past what was read of it. */
interface Place {
  readonly fromMs: number;
  /** Only above 0 where a single second holds more than a page. */
  readonly offset: number;
  /** Ids of that second that were read already. */
  readonly seen: readonly string[];
  readonly before: number;
}

/**
 * Pages by time and not by offset, since rows go on arriving while they are read. Filters are exact to the second
 * only, so each page begins with the last second of the one before, and what was seen of it is left out.
 */
export async function* readRequests(
  request: RemoteRequest<{ readonly baseUrl: string }>,
  reader: ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  let place: Place | null =
    request.resumeFrom === null
      ? { fromMs: toSecond(request.since.getTime()), offset: 0, seen: [], before: 0 }
      : (JSON.parse(request.resumeFrom) as Place | null);
  while (place !== null) {
    const answer = await ask(request, queryBody(place, request.until), context);
    const page = recordsIn(answer, "data", "Helicone");
    const seen = new Set(place.seen);
    const records = page.filter((record) => !seen.has(idOf(record)));
    const { before } = place;
    const read = before + records.length;
    const next: Place | null = page.length < PAGE_SIZE ? null : { ...placeAfter(place, page), before: read };
    const file = `${request.name}:requests`;
    yield* batchesOf({ file, records, before, checkpoint: JSON.stringify(next) }, reader, request);
    place = next;
  }
}

/** The smallest question that the key must be allowed to ask. */
export const askForOne = (
  request: RemoteRequest<{ readonly baseUrl: string }>,
  context: Context,
): Promise<unknown> =>
  ask(
    request,
    { ...queryBody({ fromMs: request.since.getTime(), offset: 0 }, request.until), limit: 1 },
    context,
  );

function ask(
  request: RemoteRequest<{ readonly baseUrl: string }>,
  json: unknown,
  context: Context,
): Promise<unknown> {
  const headers = { authorization: `Bearer ${request.secret("HELICONE_API_KEY")}` };
  return sendJson(request.http(GRANT), { url: urlOf(request.settings), headers, json }, context);
}

export const urlOf = ({ baseUrl }: { readonly baseUrl: string }): string =>
  `${baseUrl.replace(/\/+$/, "")}${PATH}`;

/** The question for one page, oldest first. */
export function queryBody({ fromMs, offset }: Pick<Place, "fromMs" | "offset">, until: Date) {
  const bound = (operator: "gte" | "lt", ms: number) => ({
    request_response_rmt: { request_created_at: { [operator]: new Date(ms).toISOString() } },
  });
  return {
    filter: {
      left: bound("gte", toSecond(fromMs)),
      operator: "and",
      right: bound("lt", toSecond(until.getTime() + SECOND_MS - 1)),
    },
    sort: { created_at: "asc" },
    limit: PAGE_SIZE,
    offset,
  };
}

/** A second that fills pages alone is gone through by offset: rows that join it meanwhile come in order. */
function placeAfter({ fromMs, offset, seen }: Place, page: readonly unknown[]): Omit<Place, "before"> {
  const seconds = page.map(secondOf);
  const last = Math.max(fromMs, ...seconds);
  if (last === fromMs) {
    return { fromMs, offset: offset + PAGE_SIZE, seen: [...new Set([...seen, ...page.map(idOf)])] };
  }
  const ids = page.filter((_, index) => seconds[index] === last).map(idOf);
  return { fromMs: last, offset: 0, seen: ids };
}

const toSecond = (ms: number): number => Math.floor(ms / SECOND_MS) * SECOND_MS;

const idOf = (record: unknown): string => String(asObject(record)?.request_id);

/** Second of a record; 0 for one without a readable time, which its normalisation then names. */
function secondOf(record: unknown): number {
  try {
    return toSecond(readInstant(asObject(record)?.request_created_at, "request_created_at") ?? 0);
  } catch {
    return 0;
  }
}
