import { rm } from "node:fs/promises";
import type { EngineRow, EngineValue } from "../../engine/contract.js";
import { readRecords } from "../reading/records.js";
import type { FileScan } from "../reading/scan-file.js";
import type { SourceRecord } from "../reading/source-record.js";
import { parseJsonLine } from "../values/lenient-json.js";
import type { UsableEvent, Verdict } from "../values/validate-event.js";
import type { Position } from "./problem-log.js";
import { judgeSource } from "./source-columns.js";
import { parquetRowsQuery } from "./sql/source-sql.js";
import { fileList, literal } from "./sql/sql-text.js";
import { STAGED_NAMES, STAGED_TABLE, STATE, usableRow } from "./staged-row.js";
import type { PlannedFile, Staging } from "./staging.js";

const REPAIRED = "ingest_repaired";
const APPEND_ROWS = 8192;

interface UnsureRow extends EngineRow {
  readonly file_no: number;
  readonly row: number;
}

/**
 * Judges the rows of a part of which the engine was not sure. Those that are good after all replace their placeholder
 * in a rewritten part; the others are problems. Returns the part to use.
 */
export async function judgeUnsure(
  group: readonly PlannedFile[],
  path: string,
  firstRows: ReadonlyMap<number, number>,
  scans: ReadonlyMap<number, FileScan>,
  staging: Staging,
): Promise<string> {
  const unsure = await unsureRows(path, staging);
  const repaired = new Repaired(staging);
  for (const planned of group) {
    const rows = unsure.get(planned.staged.index);
    if (rows === undefined) continue;
    const firstRow = firstRows.get(planned.staged.index)!;
    const ordinals = rows.map((row) => row - firstRow);
    const judged =
      planned.file.format === "parquet"
        ? parquetVerdicts(planned, path, firstRow, staging)
        : textVerdicts(planned, ordinals, scans.get(planned.staged.index)!, staging);
    for await (const { ordinal, line, position, verdict } of judged) {
      if ("event" in verdict) await repaired.add(firstRow + ordinal, planned.staged.index, verdict.event);
      else await staging.problems.add({ file: planned.file.label, line, ...verdict.problem }, position);
    }
  }
  return repaired.applyTo(path);
}

interface Judged {
  readonly ordinal: number;
  readonly line: number;
  readonly position: Position | null;
  readonly verdict: Verdict;
}

/** The verdict on one record of a text file. */
export function judgeRecordOf({ file, shape }: PlannedFile, record: SourceRecord): Omit<Judged, "ordinal"> {
  const { content, line, offset, bytes } = record;
  const verdict: Verdict =
    "fault" in content
      ? { problem: { ...content.fault, field: null } }
      : judgeSource(content.value, shape.columns);
  return { line, position: file.compression === "none" ? { offset, bytes } : null, verdict };
}

async function* textVerdicts(
  planned: PlannedFile,
  ordinals: readonly number[],
  scan: FileScan,
  staging: Staging,
): AsyncGenerator<Judged> {
  for await (const { ordinal, record } of recordsAt(planned, ordinals, scan, staging)) {
    yield { ordinal, ...judgeRecordOf(planned, record) };
  }
}

/** Reads the records with the given ascending ordinals, jumping over stretches in which there is none. */
async function* recordsAt(
  { file, shape }: PlannedFile,
  ordinals: readonly number[],
  { checkpoints }: FileScan,
  { context }: Staging,
): AsyncGenerator<{ ordinal: number; record: SourceRecord }> {
  let next = 0;
  let checkpoint = 0;
  while (next < ordinals.length) {
    if (file.compression === "none") {
      while ((checkpoints[checkpoint + 1]?.record ?? Infinity) <= ordinals[next]!) checkpoint += 1;
    }
    const from = checkpoints[checkpoint];
    // Beyond the following checkpoint a jump is cheaper than reading on.
    const enough = checkpoints[checkpoint + 2]?.record ?? Infinity;
    let ordinal = file.compression === "none" ? (from?.record ?? 0) : 0;
    for await (const record of readRecords(file, shape.header, context.signal, from)) {
      if (ordinal === ordinals[next]) {
        yield { ordinal, record };
        next += 1;
        if (next === ordinals.length) return;
        if (file.compression === "none" && ordinals[next]! >= enough) break;
      }
      ordinal += 1;
    }
  }
}

async function* parquetVerdicts(
  { file, staged, shape }: PlannedFile,
  part: string,
  firstRow: number,
  { engine }: Staging,
): AsyncGenerator<Judged> {
  const rows = `SELECT file_row_number - ${firstRow} FROM read_parquet(${fileList([part])})
    WHERE state = ${STATE.rejected} AND file_no = ${staged.index}`;
  const query = parquetRowsQuery(shape, file.path, rows);
  for await (const chunk of engine.stream<{ row: number; record: string }>(query)) {
    for (const { row, record } of chunk) {
      const parsed = parseJsonLine(record);
      const verdict: Verdict =
        "fault" in parsed
          ? { problem: { ...parsed.fault, field: null } }
          : judgeSource(parsed.value, shape.columns);
      yield { ordinal: row, line: row + 1, position: null, verdict };
    }
  }
}

async function unsureRows(path: string, { engine }: Staging): Promise<Map<number, number[]>> {
  const byFile = new Map<number, number[]>();
  const query = `SELECT file_no, file_row_number AS row FROM read_parquet(${fileList([path])})
    WHERE state = ${STATE.rejected} ORDER BY row`;
  for await (const chunk of engine.stream<UnsureRow>(query)) {
    for (const { file_no: fileNo, row } of chunk) {
      const rows = byFile.get(fileNo);
      if (rows === undefined) byFile.set(fileNo, [row]);
      else rows.push(row);
    }
  }
  return byFile;
}

/** Good rows on their way into a rewritten part. */
class Repaired {
  private readonly staging: Staging;
  private buffer: (readonly EngineValue[])[] = [];
  private created = false;

  constructor(staging: Staging) {
    this.staging = staging;
  }

  async add(row: number, fileNo: number, event: UsableEvent): Promise<void> {
    this.buffer.push([row, ...usableRow(fileNo, STATE.usable, event)]);
    if (this.buffer.length >= APPEND_ROWS) await this.drain();
  }

  async applyTo(path: string): Promise<string> {
    await this.drain();
    if (!this.created) return path;
    const { engine, area } = this.staging;
    const target = area.newPath("repaired.parquet");
    await engine.run(
      `COPY (
        SELECT ${STAGED_NAMES.join(", ")} FROM (
          SELECT file_row_number AS position, * FROM read_parquet(${fileList([path])})
          WHERE state <> ${STATE.rejected} OR file_row_number NOT IN (SELECT position FROM ${REPAIRED})
          UNION ALL BY NAME SELECT * FROM ${REPAIRED}
        ) ORDER BY position
      ) TO ${literal(target)} (FORMAT parquet);
      DROP TABLE ${REPAIRED};`,
      { stage: "reading files" },
    );
    await rm(path, { force: true });
    return target;
  }

  private async drain(): Promise<void> {
    if (this.buffer.length === 0) return;
    const { engine } = this.staging;
    if (!this.created)
      await engine.run(`CREATE OR REPLACE TABLE ${REPAIRED} (position BIGINT, ${STAGED_TABLE})`);
    this.created = true;
    await engine.append(REPAIRED, ["position", ...STAGED_NAMES], this.buffer);
    this.buffer = [];
  }
}
