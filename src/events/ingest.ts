import { rm } from "node:fs/promises";
import type { Engine } from "../engine/contract.js";
import type { PriceBook } from "../pricing/index.js";
import type { Context } from "../shared/context.js";
import type { Workspace } from "../shared/workspace.js";
import { EARLIEST_TS, type IngestResult, type RawBatch } from "./contract.js";
import { type Staged, stage } from "./staging/stage.js";
import { type BillReconciliation, reconcileBills } from "./statements/reconcile.js";
import { RejectsFile } from "./writing/rejects-file.js";
import { type EventSummary, summarise } from "./writing/summarise.js";
import { writeEvents } from "./writing/write-events.js";
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
}

const NO_EVENTS: EventSummary = {
  span: null,
  cost: { billedEvents: 0, listPricedEvents: 0, unpricedEvents: 0, billedUsd: "0", listPriceUsd: "0" },
  unpriced: [],
};

export interface Ingested extends IngestResult, EventSummary {
  /** Bills against events; empty where there is no bill. */
  readonly reconciliation: readonly BillReconciliation[];
}

/**
 * Stage 2: reads every batch, judges each record, drops repeated ids, prices what carries no cost, and writes
 * `events.parquet` (and `events.jsonl`), with every rejected record in `rejects.jsonl`.
 *
 * read = valid + rejected + duplicate, per file and in total; blank lines are no records and are not counted. Files
 * that cannot be read are rejected records, not errors. Cost of a source is kept and marked billed; the rest gets the
 * list price of its day, and an event without either stays without cost. Without a usable record nothing is written
 * but the rejects: the events of an earlier discovery are worth more than an empty file. Lines of bills go to
 * `statements.parquet` and are compared with the events; they are never counted among the records.
 */
export async function ingest(batches: AsyncIterable<RawBatch>, deps: IngestDeps): Promise<Ingested> {
  const { engine, workspace, prices, context } = deps;
  const rejects = new RejectsFile(workspace.rejects);
  await rejects.begin();
  try {
    const staged = await stage(batches, engine, context, rejects, deps.since ?? null);
    const isEmpty = staged.result.valid === 0;
    if (!isEmpty) await writeEvents(engine, staged, prices, workspace.events);
    const reconciliation = await keepBills(staged, !isEmpty, deps);
    await staged.remove();
    if (!isEmpty && deps.eventsFormat === "jsonl")
      await writeJsonl(engine, workspace.events, workspace.eventsJsonl);
    const summary = isEmpty ? NO_EVENTS : await summarise(engine, workspace.events);
    const warnings = [...staged.result.warnings, ...spanWarnings(summary, deps.since ?? null)];
    return { ...staged.result, ...summary, warnings, reconciliation };
  } finally {
    await rejects.end();
  }
}

/** Writes the bills of this discovery and compares them; those of an earlier one go when its events do. */
async function keepBills(
  { bills }: Staged,
  hasEvents: boolean,
  { engine, workspace, prices }: IngestDeps,
): Promise<BillReconciliation[]> {
  if (bills.count === 0) {
    if (hasEvents) await rm(workspace.statements, { force: true });
    return [];
  }
  await bills.write(workspace.statements, null);
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
