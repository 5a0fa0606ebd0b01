import type { Engine, EngineRow } from "../../engine/contract.js";
import type { Context } from "../../shared/context.js";
import type { FileCounts, IngestCounts, IngestResult, RawBatch } from "../contract.js";
import { StatementStore } from "../statements/statement-store.js";
import { findDuplicates, forgetDuplicates } from "./find-duplicates.js";
import { ProblemLog, type ProblemSink } from "./problem-log.js";
import { sourceSql } from "./source-of-row.js";
import { stageFiles } from "./stage-files.js";
import { stageRows } from "./stage-rows.js";
import { STATE } from "./staged-row.js";
import type { Staging } from "./staging.js";
import { type StagedFile, type StagedRelation, StagingArea } from "./staging-area.js";

/** Every record that was read, judged, counted and without duplicates, ready to be written. */
export interface Staged {
  readonly result: IngestResult;
  readonly files: readonly StagedFile[];
  /** Staged rows in input order. */
  readonly relation: StagedRelation;
  /** SQL condition under which a row is a duplicate. */
  readonly isDuplicate: string;
  /** Lines of bills among the batches. */
  readonly bills: StatementStore;
  /** Frees what staging holds. */
  remove(): Promise<void>;
}

/**
 * Reads all batches, and accounts for every record: read = valid + rejected + duplicate, per file and in total.
 * Which of the valid ones another source has too is not known yet.
 * Records before `since` are not counted as read.
 */
export async function stage(
  batches: AsyncIterable<RawBatch>,
  engine: Engine,
  context: Context,
  sink: ProblemSink,
  since: Date | null = null,
): Promise<Staged> {
  const area = new StagingArea(engine);
  const bills = new StatementStore(engine);
  const problems = new ProblemLog(sink);
  const staging: Staging = { engine, area, problems, warnings: [], context, lean: true };
  const collected = new Map<string, StagedFile>();
  for await (const batch of batches) {
    if (batch.kind === "files") await stageFiles(batch.files, batch.mapping, staging);
    else if (batch.kind === "rows") await stageRows(batch, collected, staging);
    else await bills.add(batch.statements);
  }
  const relation = await area.relation(since);
  const isDuplicate = await findDuplicates(engine, relation, sourceSql(area.files));
  const files = await countFiles(area.files, relation, isDuplicate, engine);
  warnAboutCopies(area.files, staging.warnings);
  staging.warnings.push(...bills.warnings());
  return {
    result: {
      ...sumOf(files),
      files,
      problems: problems.shown,
      warnings: staging.warnings,
      statements: bills.count,
    },
    files: area.files,
    relation,
    isDuplicate,
    bills,
    remove: async () => {
      await bills.remove();
      await forgetDuplicates(engine);
      await area.remove();
    },
  };
}

interface CountRow extends EngineRow, Omit<IngestCounts, "overlapping"> {
  readonly file_no: number;
}

async function countFiles(
  files: readonly StagedFile[],
  { sql }: StagedRelation,
  isDuplicate: string,
  engine: Engine,
): Promise<FileCounts[]> {
  const rows = await engine.rows<CountRow>(`
    SELECT file_no, count(*) FILTER (state <> ${STATE.earlier}) AS read,
      count(*) FILTER (state IN (${STATE.usable}, ${STATE.derivedId}) AND NOT dropped) AS valid,
      count(*) FILTER (state = ${STATE.rejected}) AS rejected,
      count(*) FILTER (state = ${STATE.repeated} OR dropped) AS duplicate
    FROM (SELECT file_no, state, ${isDuplicate} AS dropped FROM ${sql}) GROUP BY file_no`);
  const byFile = new Map(rows.map((row) => [row.file_no, row]));
  return files.map(({ index, label, format, sha256 }) => {
    const { read = 0, valid = 0, rejected = 0, duplicate = 0 } = byFile.get(index) ?? {};
    return { file: label, format, sha256, read, valid, rejected, duplicate, overlapping: 0 };
  });
}

export function sumOf(files: readonly IngestCounts[]): IngestCounts {
  const sum = (key: keyof IngestCounts): number => files.reduce((total, file) => total + file[key], 0);
  return {
    ...{ read: sum("read"), valid: sum("valid"), rejected: sum("rejected") },
    ...{ duplicate: sum("duplicate"), overlapping: sum("overlapping") },
  };
}

function warnAboutCopies(files: readonly StagedFile[], warnings: string[]): void {
  const first = new Map<string, string>();
  for (const { sha256, label } of files) {
    if (sha256 === null) continue;
    const original = first.get(sha256);
    if (original === undefined) first.set(sha256, label);
    else
      warnings.push(`${label} has the same bytes as ${original}; rows without ids of their own count twice.`);
  }
}
