import type { RawRow, Statement } from "../../events/contract.js";
import type { Context } from "../../shared/context.js";
import { UsageError } from "../../shared/errors.js";
import type {
  Collected,
  CollectOptions,
  ContentRecord,
  ExportReader,
  Normalised,
  RemoteCollector,
} from "../contract.js";
import { expandInputs } from "../inputs/expand-inputs.js";
import { type LocatedRecord, readRecords } from "./records.js";

const BATCH_ROWS = 5_000;

/** A platform whose export files are read, beside its API or alone. */
export type Exporter = Pick<RemoteCollector<never>, "id" | "title" | "exports">;

/** What `readExports` would open. */
export async function explainExports(platform: Exporter, options: CollectOptions): Promise<string[]> {
  const reader = exportsOf(platform);
  const files = await expandInputs(options.inputs);
  return [
    `${reader.summary}; no network`,
    ...files.map(({ path, bytes }) => `read ${path} (${bytes} bytes)`),
  ];
}

/** Export files of a platform as rows, with the normalisation of its API. */
export async function* readExports(
  platform: Exporter,
  options: CollectOptions,
  context: Context,
): AsyncGenerator<Collected> {
  const reader = exportsOf(platform);
  const files = await expandInputs(options.inputs);
  const left: string[] = [];
  for (const [index, { path, label, fault }] of files.entries()) {
    context.log.progress(`reading ${platform.title} exports`, index / files.length, label);
    if (fault !== null) {
      const problem = { field: null, code: "unreadable_file", message: fault } as const;
      yield { kind: "rows", rows: [{ file: label, line: 1, problem }], repeated: [] };
      continue;
    }
    if (!(await isOwn(reader, path, context.signal))) {
      left.push(label);
      continue;
    }
    yield* inBatches(reader, label, readRecords(path, context.signal), options);
  }
  if (left.length === files.length) throw nothingKnown(platform, left);
  if (left.length > 0) context.log.warn(`Left out as no ${platform.title} export: ${shown(left)}.`);
}

/** A file that cannot be looked into counts as one of its own: what is wrong with it is then said line by line. */
async function isOwn(
  { recognises, unpack }: ExportReader,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (recognises === undefined) return true;
  for await (const located of readRecords(path, signal)) {
    if ("problem" in located) return true;
    const [record] = unpack?.(located.value) ?? [located.value];
    if (record !== undefined) return recognises(record);
  }
  return true;
}

const NAMES_SHOWN = 10;
const shown = (names: readonly string[]): string =>
  names.slice(0, NAMES_SHOWN).join(", ") +
  (names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "");

function nothingKnown({ title, exports }: Exporter, left: readonly string[]): UsageError {
  return new UsageError({
    code: "TOP-COLLECT-FORMAT",
    message: `None of the named files is a ${title} export.`,
    found: `Looked into ${shown(left)}. It ${exports?.summary ?? ""}.`,
    fix: "Name its files: --input-dir <files>, or another collector: tokenop collectors",
  });
}

async function* inBatches(
  reader: ExportReader,
  file: string,
  records: AsyncIterable<LocatedRecord>,
  { since, includeContent }: CollectOptions,
): AsyncGenerator<Collected> {
  let batch = emptyBatch();
  for await (const located of records) {
    if ("problem" in located) batch.rows.push({ file, line: located.line, problem: located.problem });
    else {
      for (const record of reader.unpack?.(located.value) ?? [located.value]) {
        const made = reader.normalise(record);
        if (made === null || isEarlier(made, since)) continue;
        add(batch, made, file, located.line);
        if (includeContent === true && "event" in made) {
          const content = reader.content?.(record, made.event.id) ?? null;
          if (content !== null) batch.content.push(content);
        }
      }
    }
    if (batch.rows.length + batch.statements.length >= BATCH_ROWS) {
      yield* partsOf(batch);
      batch = emptyBatch();
    }
  }
  yield* partsOf(batch);
}

interface Batch {
  readonly rows: RawRow[];
  readonly statements: Statement[];
  readonly content: ContentRecord[];
}

const emptyBatch = (): Batch => ({ rows: [], statements: [], content: [] });

function add(batch: Batch, made: Normalised, file: string, line: number): void {
  if ("statement" in made) batch.statements.push(made.statement);
  else batch.rows.push({ file, line, ...made });
}

function* partsOf({ rows, statements, content }: Batch): Generator<Collected> {
  if (rows.length > 0) yield { kind: "rows", rows, repeated: [] };
  if (statements.length > 0) yield { kind: "statements", statements };
  if (content.length > 0) yield { kind: "content", records: content };
}

function isEarlier(made: Normalised, since: Date | null): boolean {
  if (since === null || "problem" in made) return false;
  const at = "event" in made ? made.event.ts : made.statement.periodStart;
  return Date.parse(at) < since.getTime();
}

function exportsOf({ id, title, exports }: Exporter): ExportReader {
  if (exports !== undefined) return exports;
  throw new UsageError({
    code: "TOP-COLLECT-CONFIG",
    message: `The source ${id} is not configured.`,
    found: `${title} has no export files that could be read in its place.`,
    fix: `Add it to sources: in tokenop.yaml, see docs/guide/collectors/${id}.md`,
  });
}
