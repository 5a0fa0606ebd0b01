import type { Context } from "../../shared/context.js";
import { sendJson } from "../../shared/http.js";
import type { Collected, ExportReader, RemoteRequest } from "../contract.js";
import { batchesOf } from "../platform/request-pages.js";
import { eventsIn, queryBody, type Settings } from "./query.js";

type Request = RemoteRequest<Settings>;

export const GRANT = "A PostHog personal API key with the scope query:read, limited to the project";

/** Where reading goes on: after the event at `afterMs` with `afterId`. */
interface Place {
  readonly afterMs: number;
  readonly afterId: string;
  readonly before: number;
}

export async function* readEvents(
  request: Request,
  reader: ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  const file = `${request.name}:events`;
  let place: Place | null =
    request.resumeFrom === null ? startOf(request) : (JSON.parse(request.resumeFrom) as Place | null);
  while (place !== null) {
    const records = eventsIn(await ask(request, queryBody(request, place), context), request);
    const { before } = place;
    const last = records.length < request.settings.pageRows ? undefined : records.at(-1);
    const next: Place | null =
      last === undefined
        ? null
        : {
            afterMs: Date.parse(String(last.timestamp)),
            afterId: String(last.uuid),
            before: before + records.length,
          };
    yield* batchesOf({ file, records, before, checkpoint: JSON.stringify(next) }, reader, request);
    place = next;
  }
}

/** No id comes before the empty one, so that the first moment of the window belongs to what is read. */
const startOf = ({ since }: Request): Place => ({ afterMs: since.getTime(), afterId: "", before: 0 });

/** The smallest question that the key must be allowed to ask. */
export async function askForOne(request: Request, context: Context): Promise<void> {
  const one = { ...request, settings: { ...request.settings, pageRows: 1 } };
  eventsIn(await ask(one, queryBody(one, startOf(one)), context), one);
}

function ask(request: Request, json: unknown, context: Context): Promise<unknown> {
  const headers = { authorization: `Bearer ${request.secret("POSTHOG_API_KEY")}` };
  return sendJson(request.http(GRANT), { url: urlOf(request.settings), headers, json }, context);
}

export const urlOf = ({ baseUrl, projectId }: Settings): string =>
  `${baseUrl.replace(/\/+$/, "")}/api/projects/${encodeURIComponent(projectId)}/query/`;
