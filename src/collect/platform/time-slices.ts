import type { RawRow, Statement } from "../../events/contract.js";
import type { Context } from "../../shared/context.js";
import { UpstreamError } from "../../shared/errors.js";
import type { Query, Statements } from "../../warehouse/index.js";
import type { Collected, ContentRecord, Normalised, RemoteRequest } from "../contract.js";
import { batchesOf } from "./request-pages.js";

/**
 * Reading a large table of a data platform in bounded memory, so that it can go on after an interruption: a first
 * statement counts rows by minute, then one statement reads each slice of time that holds so many rows. Unlike keyset
 * pages this needs no unique key, and no statement sorts more than its slice.
 */
export interface SlicedRead {
  /** Of the rows' origin: `endpoint_usage`. */
  readonly name: string;
  /** Yields `minute` and `row_count` between `:since` and `:until`, in order. */
  readonly countSql: string;
  /** Yields the rows between `:since` and `:until`, in a stable order. */
  readonly readSql: string;
  /** Of the second statement, beside the two. */
  readonly parameters?: NonNullable<Query["parameters"]>;
  /** The statement that grants it. */
  readonly grant: string;
  normalise(row: unknown): Normalised | null;
  /** The text of a call alone, where another part reads its event. */
  text?(row: unknown): ContentRecord | null;
}

/** A table that may hold what is looked for. */
export interface Candidate {
  readonly name: string;
  /** Looks at its columns. May throw TOP-WAREHOUSE-GRANT. */
  open(): Promise<SlicedRead>;
}

/** Where a read can go on. */
interface Place {
  readonly part: string;
  readonly read?: string;
  /** Everything before this instant is there. */
  readonly after?: string;
  readonly rows?: number;
}

type PlacedBatch = Collected & { readonly at?: Omit<Place, "part"> };

/** One part of a source, read as a whole before the next. Its batches say where it can be gone on with. */
export interface Part {
  readonly name: string;
  batches(from: Place | null): AsyncIterable<PlacedBatch>;
}

/** All parts in order, from where an interrupted read stopped. */
export async function* readParts(
  parts: readonly Part[],
  resumeFrom: string | null,
): AsyncGenerator<Collected> {
  const from = resumeFrom === null ? null : (JSON.parse(resumeFrom) as Place);
  const first = Math.max(
    0,
    parts.findIndex(({ name }) => name === from?.part),
  );
  for (const part of parts.slice(first)) {
    for await (const { at, ...batch } of part.batches(part.name === from?.part ? from : null)) {
      yield at === undefined ? batch : { ...batch, checkpoint: JSON.stringify({ part: part.name, ...at }) };
    }
  }
}

export interface SliceOptions {
  readonly statements: Statements;
  readonly request: RemoteRequest<unknown>;
  readonly context: Context;
  /** Rows that one statement may give; one minute is read as a whole. */
  readonly statementRows: number;
}

/**
 * The part that reads the first candidate that can be read and holds rows of the window: generations of one table,
 * newest first, of which two would count the same calls twice. Where none can be read at all it fails as the first did,
 * or is left out with a warning where it is optional.
 */
export function firstWithRows(
  name: string,
  candidates: readonly Candidate[],
  options: SliceOptions,
  { optional = false }: { readonly optional?: boolean } = {},
): Part {
  return {
    name,
    async *batches(from) {
      const known = candidates.find((candidate) => candidate.name === from?.read);
      let refused: UpstreamError | null = null;
      let opened = 0;
      for (const candidate of known === undefined ? candidates : [known]) {
        const read = await opening(candidate);
        if ("refused" in read) {
          refused ??= read.refused;
          options.context.log.info(`${options.request.name}: ${candidate.name} cannot be read.`);
          continue;
        }
        opened += 1;
        const since = from?.after ?? options.request.since.toISOString();
        const slices = await planSlices(read.read, since, options);
        if (slices.length === 0) continue;
        return yield* readSlices(read.read, slices, from?.rows ?? 0, options);
      }
      if (opened > 0 || refused === null) return;
      if (!optional) throw refused;
      options.context.log.warn(`${options.request.name}: ${name} was left out. ${refused.fix}`);
    },
  };
}

async function opening(
  candidate: Candidate,
): Promise<{ readonly read: SlicedRead } | { readonly refused: UpstreamError }> {
  try {
    return { read: await candidate.open() };
  } catch (error) {
    if (error instanceof UpstreamError && error.code === "TOP-WAREHOUSE-GRANT") return { refused: error };
    throw error;
  }
}

/** Counted at once: by the minute, a month is less than an inline result of any platform may have. */
const STRETCH_MS = 31 * 86_400_000;
const MINUTE_MS = 60_000;

interface Slice {
  readonly since: string;
  readonly until: string;
}

/** The text of a call is so many times as large as what else is read of it, or more. */
const TEXT_TIMES = 100;

async function planSlices(
  { countSql, grant, text }: SlicedRead,
  since: string,
  { statements, request, statementRows }: SliceOptions,
): Promise<Slice[]> {
  const slices: { since: number; until: number; rows: number }[] = [];
  const most = text === undefined ? statementRows : Math.ceil(statementRows / TEXT_TIMES);
  const end = request.until.getTime();
  for (let start = Date.parse(since); start < end; start += STRETCH_MS) {
    const stretch = { since: start, until: Math.min(start + STRETCH_MS, end) };
    const query = { sql: countSql, parameters: { ...sliceOf(stretch) }, grant };
    for await (const { rows } of statements.stream(query)) {
      for (const { minute, row_count: count } of rows) {
        const at = Date.parse(String(minute));
        const until = Math.min(at + MINUTE_MS, stretch.until);
        const last = slices.at(-1);
        if (last !== undefined && last.rows + Number(count) <= most) {
          last.until = until;
          last.rows += Number(count);
        } else slices.push({ since: Math.max(at, stretch.since), until, rows: Number(count) });
      }
    }
  }
  return slices.map(sliceOf);
}

const sliceOf = ({ since, until }: { since: number; until: number }): Slice => ({
  since: new Date(since).toISOString(),
  until: new Date(until).toISOString(),
});

async function* readSlices(
  read: SlicedRead,
  slices: readonly Slice[],
  before: number,
  { statements, request }: SliceOptions,
): AsyncGenerator<PlacedBatch> {
  const file = `${request.name}:${read.name}`;
  let counted = before;
  for (const slice of slices) {
    const query = { sql: read.readSql, parameters: { ...read.parameters, ...slice }, grant: read.grant };
    let held: Collected | null = null;
    for await (const { rows } of statements.stream(query)) {
      if (held !== null) yield held;
      held = batchOf(read, rows, { file, before: counted }, request);
      counted += rows.length;
    }
    // Only a whole slice is a place to go on from: no statement is asked for a part of its rows.
    if (held !== null) yield { ...held, at: { read: read.name, after: slice.until, rows: counted } };
  }
}

function batchOf(
  { normalise, text }: SlicedRead,
  records: readonly unknown[],
  { file, before }: { readonly file: string; readonly before: number },
  { since, until }: RemoteRequest<unknown>,
): Collected {
  if (text !== undefined)
    return { kind: "content", records: records.map(text).filter((record) => record !== null) };
  const window = { since, until, includeContent: false };
  for (const { checkpoint: _, ...batch } of batchesOf(
    { file, records, before, checkpoint: "" },
    { normalise },
    window,
  ))
    return batch;
  return { kind: "rows", rows: [], repeated: [] };
}

/** What a small result holds, in one piece: lines of a bill, and what could not be one. */
export function* statementBatches(
  file: string,
  made: readonly (Normalised | null)[],
): Generator<PlacedBatch> {
  const statements: Statement[] = [];
  const rows: RawRow[] = [];
  for (const [index, entry] of made.entries()) {
    if (entry === null) continue;
    if ("statement" in entry) statements.push(entry.statement);
    else rows.push({ file, line: index + 1, ...entry });
  }
  if (statements.length > 0) yield { kind: "statements", statements };
  if (rows.length > 0) yield { kind: "rows", rows, repeated: [] };
}
