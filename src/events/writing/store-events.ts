import { access, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Engine, EngineRow } from "../../engine/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import type { Workspace } from "../../shared/workspace.js";
import { EVENT_COLUMNS } from "../contract.js";
import { resolveOverlap } from "../overlap/overlap.js";
import type { Overlap, OverlapMode } from "../overlap/report.js";
import { sourceSql } from "../staging/source-of-row.js";
import { literal } from "../staging/sql/sql-text.js";
import type { Staged } from "../staging/stage.js";
import { STATE } from "../staging/staged-row.js";
import type { SourceMark, Watermarks } from "../watermarks.js";
import { type Appended, mergeEvents, type ReadAgain } from "./merge-events.js";
import { idPrefix, writeEvents } from "./write-events.js";

export interface StoreOptions {
  readonly workspace: Workspace;
  readonly prices: PriceBook;
  readonly overlap: OverlapMode;
  /** Former marks where this discovery is added to what is there; null where it stands for itself. */
  readonly former: Watermarks | null;
}

export interface Stored {
  readonly overlap: Overlap | null;
  readonly appended: Appended | null;
  readonly droppedByFile: ReadonlyMap<number, number>;
  readonly warnings: readonly string[];
}

/**
 * Writes the events: priced, merged into those that are there where they are added to, and without second sightings of
 * one call. Everything is written beside and renamed at the end, so a killed run leaves the former events whole.
 *
 * Where sources overlap, `all-events.parquet` keeps what was read of each of them: a later addition compares anew.
 */
export async function storeEvents(engine: Engine, staged: Staged, options: StoreOptions): Promise<Stored> {
  const { workspace, prices, overlap: mode } = options;
  const former = options.former === null ? null : await formerEvents(workspace);
  if (former === null && (await countSources(engine, staged)) < 2) {
    await rm(workspace.allEvents, { force: true });
    await rm(workspace.sameCalls, { force: true });
    await writeEvents(engine, staged, prices, workspace.events, { marked: options.former !== null });
    return { overlap: null, appended: null, droppedByFile: new Map(), warnings: [] };
  }
  await engine.run(`SET memory_limit = '${MEMORY}'`);
  const fresh = join(engine.scratchDir, "fresh-events.parquet");
  await writeEvents(engine, staged, prices, fresh, { withFile: true, marked: options.former !== null });
  const all = former === null ? fresh : join(engine.scratchDir, "merged-events.parquet");
  const appended =
    former === null
      ? null
      : await mergeEvents(engine, former, fresh, all, readAgain(staged, options.former!));
  const target = `${workspace.events}.tmp`;
  const sameCalls = `${workspace.sameCalls}.tmp`;
  const resolved = await resolveOverlap(engine, all, { events: target, sameCalls }, mode, prices);
  if (resolved.overlap === null) await copyEvents(engine, all, target);
  if (resolved.overlap !== null || former === workspace.allEvents) await rename(all, workspace.allEvents);
  else await rm(workspace.allEvents, { force: true });
  if (resolved.overlap === null) await rm(workspace.sameCalls, { force: true });
  else await rename(sameCalls, workspace.sameCalls);
  await rename(target, workspace.events);
  await rm(fresh, { force: true });
  return { ...resolved, appended };
}

/**
 * Merging and comparing join and sort whole events, which takes what it may. With so much they spill instead, and the
 * process holds 1.0 GB at ten million rows of two sources (measured); nothing after them needs more.
 */
const MEMORY = "700MB";

async function formerEvents({ allEvents, events }: Workspace): Promise<string | null> {
  for (const path of [allEvents, events]) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return null;
}

async function countSources(engine: Engine, { files, relation }: Staged): Promise<number> {
  const rows = await engine.rows<{ source: string }>(`
    SELECT DISTINCT ${sourceSql(files)} AS source FROM ${relation.sql}
    WHERE state IN (${STATE.usable}, ${STATE.derivedId})`);
  return rows.length;
}

/** Files that were read before: with other bytes, or by a collector, whose rows have no fixed place. */
function readAgain({ files }: Staged, { files: former }: Watermarks): ReadAgain[] {
  return files.flatMap((file) => {
    const formerPrefix = former.get(file.label);
    const isSame = file.sha256 !== null && formerPrefix === idPrefix(file);
    return formerPrefix === undefined || isSame ? [] : [{ fileNo: file.index, formerPrefix }];
  });
}

async function copyEvents(engine: Engine, from: string, to: string): Promise<void> {
  await engine.run(
    `COPY (SELECT ${EVENT_COLUMNS.map(({ name }) => name).join(", ")} FROM read_parquet(${literal(from)}))
      TO ${literal(to)} (FORMAT parquet)`,
    { stage: "writing events" },
  );
}

interface NewestRow extends EngineRow {
  readonly source: string;
  readonly newest: string;
}

/** A source as it is named for its watermark, and the `source` that its rows carry. */
export interface Reader {
  readonly name: string;
  readonly source: string;
  /** How long after its time a row may still come or change, hours. */
  readonly latenessHours: number;
}

/**
 * How far each reader came this time, by its newest event or the begin of its newest billed period, whichever is
 * earlier. A reader without rows has no mark, so that of an earlier time stays.
 */
export async function marksOf(
  engine: Engine,
  { files, relation, bills }: Staged,
  readers: readonly Reader[],
): Promise<Watermarks> {
  // Files alone keep no watermark, and are not read for one.
  const rows =
    readers.length === 0
      ? []
      : await engine.rows<NewestRow>(`
    SELECT ${sourceSql(files)} AS source, max(ts) AS newest FROM ${relation.sql}
    WHERE state IN (${STATE.usable}, ${STATE.derivedId}) GROUP BY ALL`);
  const newest = new Map(rows.map((row) => [row.source, row.newest]));
  for (const [source, period] of await bills.newest()) {
    const known = newest.get(source);
    if (known === undefined || period < known) newest.set(source, period);
  }
  const sources = readers.flatMap(({ name, source, latenessHours }): [string, SourceMark][] => {
    const newestTs = newest.get(source);
    return newestTs === undefined ? [] : [[name, { newestTs, latenessHours }]];
  });
  return { sources: new Map(sources), files: new Map(files.map((file) => [file.label, idPrefix(file)])) };
}
