import { access, rm } from "node:fs/promises";
import type { Engine } from "../engine/contract.js";
import type { PriceBook } from "../pricing/index.js";
import type { Context } from "../shared/context.js";
import type { Workspace } from "../shared/workspace.js";
import { EARLIEST_TS, type IngestResult, type RawBatch } from "./contract.js";
import type { Overlap, OverlapMode } from "./overlap/report.js";
import { type Staged, stage, sumOf } from "./staging/stage.js";
import { type BillReconciliation, reconcileBills } from "./statements/reconcile.js";
import { advance, loadWatermarks, NO_WATERMARKS, saveWatermarks } from "./watermarks.js";
import type { Appended } from "./writing/merge-events.js";
import { RejectsFile } from "./writing/rejects-file.js";
import { marksOf, type Reader, type Stored, storeEvents } from "./writing/store-events.js";
import { type EventSummary, summarise } from "./writing/summarise.js";
import { writeJsonl } from "./writing/write-jsonl.js";

export interface IngestDeps {
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly prices: PriceBook;
  readonly context: Context;
  /** `jsonl` writes events.jsonl beside the Parquet file that later stages read. */
  readonly eventsFormat: "parquet" | "jsonl";
  /** Only records at or after this instant; all of them when absent. */
  readonly since?: Date | null;
  /** What becomes of buckets that single requests of another source cover; default `report`. */
  readonly overlap?: OverlapMode;
  /** Adds to the events that are there (`--append`); default: these events stand for themselves. */
  readonly append?: boolean;
  /** Sources that keep a watermark; default none. */
  readonly readers?: readonly Reader[];
}

const NO_EVENTS: EventSummary = {
  span: null,
  cost: { billedEvents: 0, listPricedEvents: 0, unpricedEvents: 0, billedUsd: "0", listPriceUsd: "0" },
  unpriced: [],
};

export interface Ingested extends IngestResult, EventSummary {
  /** Bills against events; empty where there is no bill. */
  readonly reconciliation: readonly BillReconciliation[];
  /** Calls that more than one source has; null where none is known. */
  readonly overlap: Overlap | null;
  /** What became of the events that were there; null where this discovery stands for itself. */
  readonly appended: Appended | null;
}

/**
 * Stage 2: reads every batch, judges each record, drops repeated ids, prices what carries no cost, and writes
 * `events.parquet` (and `events.jsonl`), with every rejected record in `rejects.jsonl`.
 *
 * read = valid + rejected + duplicate + overlapping, per file and in total; blank lines are no records and are not
 * counted. Overlapping are calls that another source has too (see `overlap/`). Span and cost are those of all events
 * that are then there, also where these were added to earlier ones. Files that cannot be read are rejected records, not errors. Cost of a source is kept and marked billed; the rest gets the
 * list price of its day, and an event without either stays without cost. Without a usable record nothing is written
 * but the rejects: the events of an earlier discovery are worth more than an empty file. Lines of bills go to
 * `statements.parquet` and are compared with the events; they are never counted among the records.
 */
export async function ingest(batches: AsyncIterable<RawBatch>, deps: IngestDeps): Promise<Ingested> {
  const { engine, workspace, context, append = false } = deps;
  const former = append ? await loadWatermarks(workspace.watermarks) : null;
  const rejects = new RejectsFile(workspace.rejects);
  await rejects.begin();
  try {
    const staged = await stage(batches, engine, context, rejects, deps.since ?? null);
    const isEmpty = staged.result.valid === 0;
    const stored = isEmpty
      ? NOTHING_STORED
      : await storeEvents(engine, staged, { ...deps, overlap: deps.overlap ?? "report", former });
    const hasEvents = !isEmpty || (append && (await exists(workspace.events)));
    const reconciliation = await keepBills(staged, hasEvents, deps);
    const marks = await marksOf(engine, staged, deps.readers ?? []);
    await staged.remove();
    if (!isEmpty && deps.eventsFormat === "jsonl")
      await writeJsonl(engine, workspace.events, workspace.eventsJsonl);
    const summary = hasEvents ? await summarise(engine, workspace.events) : NO_EVENTS;
    // Last of all: after an interruption the same rows are read again, and nothing is left out.
    if (!isEmpty || staged.bills.count > 0)
      await saveWatermarks(workspace.watermarks, advance(former ?? NO_WATERMARKS, marks));
    const { overlap, appended } = stored;
    const warnings = [
      ...staged.result.warnings,
      ...stored.warnings,
      ...spanWarnings(summary, deps.since ?? null),
    ];
    return { ...countOverlap(staged, stored), ...summary, warnings, reconciliation, overlap, appended };
  } finally {
    await rejects.end();
  }
}

const NOTHING_STORED: Stored = { overlap: null, appended: null, droppedByFile: new Map(), warnings: [] };

/** Rows that another source has too are no longer among the valid ones. */
function countOverlap({ result, files }: Staged, { droppedByFile }: Stored): IngestResult {
  const counted = result.files.map((file, at) => {
    const overlapping = droppedByFile.get(files[at]!.index) ?? 0;
    return { ...file, valid: file.valid - overlapping, overlapping };
  });
  return { ...result, ...sumOf(counted), files: counted };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Writes the bills of this discovery and compares them; those of an earlier one go, or are added to, as its events. */
async function keepBills(
  { bills }: Staged,
  hasEvents: boolean,
  { engine, workspace, prices, append = false }: IngestDeps,
): Promise<BillReconciliation[]> {
  const former = append && (await exists(workspace.statements)) ? workspace.statements : null;
  if (bills.count > 0) await bills.write(workspace.statements, former);
  else if (former === null) {
    if (hasEvents) await rm(workspace.statements, { force: true });
    return [];
  }
  const events = hasEvents ? workspace.events : null;
  return reconcileBills(engine, { statements: workspace.statements, events }, prices);
}

function spanWarnings({ span }: EventSummary, since: Date | null): string[] {
  const warnings: string[] = [];
  if (since !== null && span === null) warnings.push(`No event is at or after ${since.toISOString()}.`);
  if (span !== null && span.first < EARLIEST_TS) {
    warnings.push(
      `Times begin at ${span.first}: they are taken as offsets from the start of a trace. ` +
        "If they are dates, --ts-unit is not their unit.",
    );
  }
  return warnings;
}
