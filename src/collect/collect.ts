import { join } from "node:path";
import type { RawBatch } from "../events/contract.js";
import type { Context } from "../shared/context.js";
import type { Collected, CollectOptions, Collector, ContentRecord, Source } from "./contract.js";
import type { Selected } from "./select.js";
import { openSpool, type Spool } from "./spool/spool.js";

export interface CollectDeps {
  /** Folder for what platforms answered, until it is written as events; private to its owner. */
  readonly spoolDir: string;
  /** Where prompt text goes that was asked for. */
  readonly keepContent: (records: readonly ContentRecord[]) => Promise<void>;
  /** Takes out what must not be written down. Applied as text is read, before it reaches the disk at all. */
  readonly redact: (record: ContentRecord) => ContentRecord;
}

export interface Collection {
  /** Everything that the selected sources hold, one after the other, so that the order is stable. */
  batches(): AsyncGenerator<RawBatch>;
  /** To be called once the events are written: nothing has to be read again. */
  done(): Promise<void>;
}

/**
 * Reads the selected sources. Platforms are asked side by side and spooled first; files are read as they are. A
 * platform that fails ends the collection, and what it and the others answered is kept for the next attempt.
 */
export function collect(
  selected: readonly Selected[],
  options: CollectOptions,
  context: Context,
  deps: CollectDeps,
): Collection {
  const remote = selected.filter(isRemote);
  const spools = new Map<Selected, Spool>();
  return {
    async *batches() {
      await download(remote, options, context, deps, spools);
      for (const entry of selected) {
        context.signal.throwIfAborted();
        const spool = spools.get(entry);
        const read = () => entry.collector.read(optionsFor(entry, options), context);
        yield* withoutContent(spool?.batches() ?? redacted(read(), deps.redact), deps);
      }
    },
    done: async () => {
      for (const spool of spools.values()) await spool.remove();
    },
  };
}

type Remote = Selected & { readonly source: Source };

const isRemote = (entry: Selected): entry is Remote => entry.source !== null;

/** The options as one source sees them. */
export function optionsFor({ source, since }: Selected, options: CollectOptions): CollectOptions {
  return { ...options, ...(since !== undefined && { since }), ...(source !== null && { source }) };
}

async function download(
  remote: readonly Remote[],
  options: CollectOptions,
  context: Context,
  { spoolDir, redact }: CollectDeps,
  spools: Map<Selected, Spool>,
): Promise<void> {
  // The first failure stops the others too: what they have is kept, and the command can be given again.
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const stoppable = { ...context, signal };
  const outcomes = await Promise.allSettled(
    remote.map(async (entry) => {
      const spool = openSpool(
        join(spoolDir, entry.source.name),
        entry.collector,
        optionsFor(entry, options),
        {
          now: context.now(),
          signal,
          read: (request) => redacted(noted(entry.collector, request, stoppable), redact),
        },
      );
      spools.set(entry, spool);
      const outcome = await spool.fill().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      });
      if (outcome !== "read") context.log.info(`${entry.source.name}: ${CONTINUED[outcome]}.`);
    }),
  );
  context.signal.throwIfAborted();
  if (outcomes.some(({ status }) => status === "rejected")) throw failed.signal.reason;
}

const CONTINUED = {
  continued: "went on where an interrupted read had stopped",
  complete: "an interrupted command had read it already; it was not asked again",
} as const;

async function* noted(
  collector: Collector,
  options: CollectOptions,
  context: Context,
): AsyncGenerator<Collected> {
  let rows = 0;
  for await (const batch of collector.read(options, context)) {
    if (batch.kind === "rows") rows += batch.rows.length;
    const name = options.source?.name ?? collector.id;
    context.log.progress(`reading ${name}`, null, `${rows} rows`);
    yield ofSource(name, batch);
  }
}

/** Two sources of one collector stay two: ids, watermarks and overlaps are told apart by the source's name. */
function ofSource(name: string, batch: Collected): Collected {
  if (batch.kind === "statements")
    return { ...batch, statements: batch.statements.map((line) => ({ ...line, source: name })) };
  if (batch.kind !== "rows") return batch;
  const rows = batch.rows.map((row) =>
    "event" in row ? { ...row, event: { ...row.event, source: name } } : row,
  );
  return { ...batch, rows };
}

/** Text as it may be written down, a spool included. */
async function* redacted(
  batches: AsyncIterable<Collected>,
  redact: CollectDeps["redact"],
): AsyncGenerator<Collected> {
  for await (const batch of batches)
    yield batch.kind === "content" ? { ...batch, records: batch.records.map(redact) } : batch;
}

async function* withoutContent(
  batches: AsyncIterable<Collected>,
  { keepContent }: CollectDeps,
): AsyncGenerator<RawBatch> {
  for await (const batch of batches) {
    if (batch.kind === "content") await keepContent(batch.records);
    else yield batch;
  }
}
