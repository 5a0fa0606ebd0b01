import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { sha256, writeAtomically } from "../../shared/artifact.js";
import { CONTENT_MODE } from "../../shared/workspace.js";
import type { Collected, CollectOptions, Collector } from "../contract.js";

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Rows in one part of a spool: few files for many pages, and little to read again after a crash. */
const PART_ROWS = 2_000;
/** A part of so many rows ends already where reading could go on. */
const PART_ROWS_AT_PLACE = 200;
/** An interrupted read is gone on with for so long; later, what it holds may have changed at the source. */
const LIFETIME_MS = 24 * 3_600_000;

/** The read that a spool belongs to. */
interface Header {
  /** What was asked for: collector, settings and window as given. */
  readonly fingerprint: string;
  readonly since: string | null;
  /** End of the window, frozen when the read began: rows that come later belong to the next one. */
  readonly until: string;
  readonly isComplete: boolean;
}

interface Part {
  readonly batches: readonly Collected[];
  readonly checkpoint: string | null;
}

/**
 * What a platform answered, on disk until its events are written: a read that was interrupted goes on where it
 * stopped, and one that came through is not asked for again because a later step failed. It may hold content, so it
 * lies among the workspace's content files and goes with `tokenop purge`.
 */
export interface Spool {
  /** Downloads what is still missing; says whether an earlier read had left nothing, a part, or everything. */
  fill(): Promise<"read" | "continued" | "complete">;
  /** What was downloaded, in the order of the source. */
  batches(): AsyncGenerator<Collected>;
  remove(): Promise<void>;
}

export interface SpoolDeps {
  readonly now: Date;
  readonly signal: AbortSignal;
  /** Reads the source from a checkpoint, or from the start. */
  read(options: CollectOptions): AsyncIterable<Collected>;
}

export function openSpool(
  folder: string,
  { id }: Pick<Collector, "id">,
  options: CollectOptions,
  { now, signal, read }: SpoolDeps,
): Spool {
  const fingerprint = sha256(
    JSON.stringify([id, options.source ?? null, options.since, options.includeContent === true]),
  );
  const headerPath = join(folder, "read.json");

  const begin = async (): Promise<Header> => {
    const found = await readFile(headerPath, "utf8")
      .then((text) => JSON.parse(text) as Header)
      .catch(() => null);
    const age = found === null ? 0 : now.getTime() - Date.parse(found.until);
    if (found !== null && found.fingerprint === fingerprint && age < LIFETIME_MS) return found;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const header: Header = {
      fingerprint,
      since: options.since?.toISOString() ?? null,
      until: (options.until ?? now).toISOString(),
      isComplete: false,
    };
    await writeAtomically(headerPath, JSON.stringify(header), CONTENT_MODE);
    return header;
  };

  const readPart = async (name: string): Promise<Part> => {
    const text = (await expand(await readFile(join(folder, name)))).toString("utf8");
    return JSON.parse(text) as Part;
  };

  const parts = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith(".json.gz")).sort();

  /** Drops the parts after the last place at which reading can go on. */
  const lastPlace = async (): Promise<{ readonly kept: number; readonly checkpoint: string | null }> => {
    const names = await parts();
    for (let kept = names.length; kept > 0; kept -= 1) {
      const { checkpoint } = await readPart(names[kept - 1]!);
      if (checkpoint !== null) return { kept, checkpoint };
      await rm(join(folder, names[kept - 1]!));
    }
    return { kept: 0, checkpoint: null };
  };

  return {
    fill: async () => {
      const header = await begin();
      if (header.isComplete) return "complete";
      const { kept, checkpoint } = await lastPlace();
      const request: CollectOptions = {
        ...options,
        until: new Date(header.until),
        ...(checkpoint !== null && { resumeFrom: checkpoint }),
      };
      let written = kept;
      for await (const part of inParts(read(request))) {
        written += 1;
        const bytes = await compress(JSON.stringify(part), { level: 1 });
        await writeAtomically(join(folder, partName(written)), bytes, CONTENT_MODE);
        signal.throwIfAborted();
      }
      await writeAtomically(headerPath, JSON.stringify({ ...header, isComplete: true }), CONTENT_MODE);
      return kept > 0 ? "continued" : "read";
    },
    async *batches() {
      for (const name of await parts()) yield* (await readPart(name)).batches;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const partName = (ordinal: number): string => `${String(ordinal).padStart(6, "0")}.json.gz`;

/**
 * Joins small batches into parts; a part ends with the checkpoint of its last batch, where that has one. Where the
 * source fails, what came before is a part too.
 */
async function* inParts(batches: AsyncIterable<Collected>): AsyncGenerator<Part> {
  let held: Collected[] = [];
  let rows = 0;
  let failure: { readonly error: unknown } | null = null;
  try {
    for await (const batch of batches) {
      held.push(batch);
      rows += sizeOf(batch);
      if (rows < (batch.checkpoint === undefined ? PART_ROWS : PART_ROWS_AT_PLACE)) continue;
      yield { batches: held, checkpoint: batch.checkpoint ?? null };
      held = [];
      rows = 0;
    }
  } catch (error) {
    failure = { error };
  }
  // A failed read goes on after its last checkpoint, so what came after that would come again.
  if (failure !== null)
    held = held.slice(0, held.findLastIndex(({ checkpoint }) => checkpoint !== undefined) + 1);
  if (held.length > 0) yield { batches: held, checkpoint: held.at(-1)!.checkpoint ?? null };
  if (failure !== null) throw failure.error;
}

function sizeOf(batch: Collected): number {
  if (batch.kind === "rows") return batch.rows.length + batch.repeated.length;
  if (batch.kind === "statements") return batch.statements.length;
  return batch.kind === "content" ? batch.records.length : batch.files.length;
}
