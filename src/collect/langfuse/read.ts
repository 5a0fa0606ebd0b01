import type { Context } from "../../shared/context.js";
import type { Collected, ExportReader } from "../contract.js";
import { asObject } from "../platform/fields.js";
import { batchesOf, cursorIn, recordsIn } from "../platform/request-pages.js";
import { firstPlace, placeAfter, type TimePlace, unseen } from "../platform/time-pages.js";
import { MODEL_CALLS } from "./normalise.js";
import {
  ask,
  OLDER_ORDER,
  observationsUrl,
  olderUrl,
  type Request,
  SCORES_PER_PAGE,
  scoresUrl,
} from "./requests.js";

/** Where reading goes on: the type of call, its cursor, and how many records came before. */
interface Place {
  readonly type: number;
  readonly cursor: string | null;
  readonly before: number;
}

/** As `Place`, for the older API. */
interface OlderPlace {
  readonly type: number;
  readonly time: TimePlace;
}

type QualityOf = (id: string) => number | null;

export async function* readObservations(
  request: Request,
  readerFor: (qualityOf: QualityOf) => ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  const from: unknown = request.resumeFrom === null ? undefined : JSON.parse(request.resumeFrom);
  if (from === null) return;
  const scores = await readScores(request, context);
  const reader = readerFor((id) => scores.get(id) ?? null);
  if (request.settings.api === "v1")
    yield* readOlder(request, from as OlderPlace | undefined, reader, context);
  else yield* readNewer(request, from as Place | undefined, reader, context);
}

/** One type of call after the other. A cursor stands for a place in the data: what arrives meanwhile moves nothing. */
async function* readNewer(
  request: Request,
  from: Place = { type: 0, cursor: null, before: 0 },
  reader: ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  for (let place: Place | null = from; place !== null; ) {
    const answer = await ask(request, observationsUrl(request, place), context);
    const records = recordsIn(answer, "data", "Langfuse");
    const before: number = place.before + records.length;
    const cursor = records.length === 0 ? null : cursorIn(answer, ["meta", "cursor"]);
    const type: number = cursor === null ? place.type + 1 : place.type;
    const next: Place | null = type < MODEL_CALLS.length ? { type, cursor, before } : null;
    yield* batchesOf(pageOf(request, records, place.before, next), reader, request);
    place = next;
  }
}

async function* readOlder(
  request: Request,
  from: OlderPlace = { type: 0, time: firstPlace(OLDER_ORDER, request) },
  reader: ExportReader,
  context: Context,
): AsyncGenerator<Collected> {
  for (let place: OlderPlace | null = from; place !== null; ) {
    const { type, time }: OlderPlace = place;
    const page = recordsIn(await ask(request, olderUrl(request, type, time), context), "data", "Langfuse");
    const records = unseen(time, page, OLDER_ORDER);
    const next = olderPlaceAfter(place, page, request);
    yield* batchesOf(pageOf(request, records, time.before, next), reader, request);
    place = next;
  }
}

function olderPlaceAfter(
  { type, time }: OlderPlace,
  page: readonly unknown[],
  request: Request,
): OlderPlace | null {
  const within = placeAfter(time, page, OLDER_ORDER);
  if (within !== null) return { type, time: within };
  if (type + 1 === MODEL_CALLS.length) return null;
  const before = time.before + unseen(time, page, OLDER_ORDER).length;
  return { type: type + 1, time: { ...firstPlace(OLDER_ORDER, request), before } };
}

const pageOf = (
  { name }: Request,
  records: readonly unknown[],
  before: number,
  next: Place | OlderPlace | null,
) => ({
  file: `${name}:observations`,
  records,
  before,
  checkpoint: JSON.stringify(next),
});

/** Values of the score that stands for quality, by observation; none where none is named. Scores of traces are no call's. */
async function readScores(request: Request, context: Context): Promise<ReadonlyMap<string, number>> {
  const scores = new Map<string, number>();
  if (request.settings.qualityScore === null) return scores;
  for (let page = 1, read = SCORES_PER_PAGE; read === SCORES_PER_PAGE; page += 1) {
    const records = recordsIn(await ask(request, scoresUrl(request, page), context), "data", "Langfuse");
    for (const record of records) {
      const { observationId, value } = asObject(record) ?? {};
      // A category's value is a text and stands for no quality.
      const quality = typeof value === "number" ? value / request.settings.qualityBest : Number.NaN;
      if (typeof observationId === "string" && quality >= 0 && quality <= 1)
        scores.set(observationId, quality);
    }
    read = records.length;
  }
  return scores;
}

/** The smallest question that the key must be allowed to ask. */
export function askForOne(request: Request, context: Context): Promise<unknown> {
  const isOlder = request.settings.api === "v1";
  const url = isOlder
    ? olderUrl(request, 0, firstPlace(OLDER_ORDER, request), 1)
    : observationsUrl(request, { type: 0, cursor: null }, 1);
  return ask(request, url, context);
}

export const askForOneScore = (request: Request, context: Context): Promise<unknown> =>
  ask(request, scoresUrl(request, 1, 1), context);
