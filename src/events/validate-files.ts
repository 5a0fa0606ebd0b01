import type { Engine } from "../engine/contract.js";
import type { Context } from "../shared/context.js";
import type { IngestResult, RawBatch } from "./contract.js";
import { noSink } from "./staging/problem-log.js";
import { stage } from "./staging/stage.js";

/** Judges every record as `ingest` would, and writes nothing outside the engine's scratch folder. */
export async function validateFiles(
  batches: AsyncIterable<RawBatch>,
  deps: { readonly engine: Engine; readonly context: Context },
): Promise<IngestResult> {
  const staged = await stage(batches, deps.engine, deps.context, noSink);
  await staged.remove();
  return staged.result;
}
