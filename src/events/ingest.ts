import type { Engine } from "../engine/contract.js";
import type { PriceBook } from "../pricing/index.js";
import type { Context } from "../shared/context.js";
import type { Workspace } from "../shared/workspace.js";
import type { IngestResult, RawBatch } from "./contract.js";
import { stage } from "./staging/stage.js";
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
}

export interface Ingested extends IngestResult, EventSummary {}

/**
 * Stage 2: reads every batch, judges each record, drops repeated ids, prices what carries no cost, and writes
 * `events.parquet` (and `events.jsonl`), with every rejected record in `rejects.jsonl`.
 *
 * read = valid + rejected + duplicate, per file and in total; blank lines are no records and are not counted. Files
 * that cannot be read are rejected records, not errors. Cost of a source is kept and marked billed; the rest gets the
 * list price of its day, and an event without either stays without cost.
 */
export async function ingest(batches: AsyncIterable<RawBatch>, deps: IngestDeps): Promise<Ingested> {
  const { engine, workspace, prices, context } = deps;
  const rejects = new RejectsFile(workspace.rejects);
  await rejects.begin();
  try {
    const staged = await stage(batches, engine, context, rejects);
    await writeEvents(engine, staged, prices, workspace.events);
    await staged.remove();
    if (deps.eventsFormat === "jsonl") await writeJsonl(engine, workspace.events, workspace.eventsJsonl);
    return { ...staged.result, ...(await summarise(engine, workspace.events)) };
  } finally {
    await rejects.end();
  }
}
