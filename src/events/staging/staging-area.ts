import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Engine, EngineValue } from "../../engine/contract.js";
import type { SourceFile } from "../contract.js";
import type { DescribedColumn } from "./sql/source-sql.js";
import { fileList, literal } from "./sql/sql-text.js";
import { STAGED_COLUMNS, STAGED_NAMES, STAGED_TABLE, STATE } from "./staged-row.js";

/** One source file, or one file name of collector-parsed rows. */
export interface StagedFile {
  readonly index: number;
  readonly label: string;
  readonly format: string;
  readonly source: string;
  sha256: string | null;
  /** Part and row of its first record. Meaningless for collector-parsed rows, which may be spread. */
  part: number;
  firstRow: number;
}

/** Every staged row. No query over it that must keep its order may join: the engine's joins do not. */
export interface StagedRelation {
  readonly sql: string;
  readonly rows: number;
  /** Position of each part's first row. */
  readonly offsets: readonly number[];
}

/** A run of staged rows: a Parquet file of our own, or a query over a source that holds nothing but usable rows. */
export type StagedPart =
  | { readonly path: string }
  | {
      readonly path: null;
      /** Yields `columns` and `part_row`, from 0. */
      readonly query: string;
      readonly columns: ReadonlySet<string>;
      readonly rows: number;
    };

// Rows handed to the engine at once, and rows kept in its table before they become a part.
const APPEND_ROWS = 8192;
const TABLE_ROWS = 500_000;

const PENDING = "ingest_pending";

const stateSince = (since: Date): string =>
  `CASE WHEN state IN (${STATE.usable}, ${STATE.derivedId}) AND ts < TIMESTAMP '${since.toISOString().slice(0, -1)}'
    THEN ${STATE.earlier} ELSE state END::UTINYINT AS state`;

/**
 * Staged rows: parts that, one after the other, hold every record in input order. Writing Parquet is faster than an
 * engine table by half (measured), and a part that turns out wrong is simply deleted.
 */
export class StagingArea {
  readonly parts: StagedPart[] = [];
  readonly files: StagedFile[] = [];
  private readonly engine: Engine;
  private buffer: (readonly EngineValue[])[] = [];
  private pendingRows = 0;
  private created = false;
  private serial = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  addFile(file: Pick<SourceFile, "label" | "source">, format: string): StagedFile {
    const { label, source } = file;
    const staged = { index: this.files.length, label, format, source, sha256: null, part: 0, firstRow: 0 };
    this.files.push(staged);
    return staged;
  }

  /** A new path in the engine's scratch folder, which is removed when the engine closes. */
  newPath(name: string): string {
    this.serial += 1;
    return join(this.engine.scratchDir, `ingest-${this.serial}-${name}`);
  }

  /** Adds a part that was written elsewhere; rows appended before it come first. Returns its number. */
  async addPart(part: StagedPart): Promise<number> {
    await this.flush();
    this.parts.push(part);
    return this.parts.length - 1;
  }

  /** Marks where the next appended row of `file` will lie. */
  beginFile(file: StagedFile): void {
    file.part = this.parts.length;
    file.firstRow = this.pendingRows + this.buffer.length;
  }

  async append(row: readonly EngineValue[]): Promise<void> {
    this.buffer.push(row);
    if (this.buffer.length >= APPEND_ROWS) await this.drain();
  }

  /** To be called between files only: a file's rows lie in one part. */
  async flushIfLarge(): Promise<void> {
    if (this.pendingRows > TABLE_ROWS) await this.flush();
  }

  async flush(): Promise<void> {
    await this.drain();
    if (this.pendingRows === 0) return;
    const path = this.newPath("rows.parquet");
    await this.engine.run(`COPY ${PENDING} TO ${literal(path)} (FORMAT parquet); DROP TABLE ${PENDING};`);
    this.parts.push({ path });
    this.pendingRows = 0;
    this.created = false;
  }

  /**
   * All parts as one relation in input order, with each row's `position` in it, from 0. Usable rows before `since`
   * are in it too, so that positions stay ordinals, but as `earlier`.
   */
  async relation(since: Date | null = null): Promise<StagedRelation> {
    await this.flush();
    if (this.parts.length === 0) await this.addEmptyPart();
    const selects: string[] = [];
    const offsets: number[] = [];
    let rows = 0;
    for (const run of runsOfFiles(this.parts)) {
      const first = run[0]!;
      const source = first.path === null ? first : await this.describeFiles(run.map(({ path }) => path!));
      const columns = STAGED_COLUMNS.map(({ name, type }) => {
        if (!source.columns.has(name)) return `NULL::${type} AS ${name}`;
        return since !== null && name === "state" ? stateSince(since) : name;
      });
      selects.push(`SELECT ${columns.join(", ")}, ${rows} + part_row AS position FROM (${source.query})`);
      const starts = "starts" in source ? source.starts : [0];
      offsets.push(...starts.map((start) => rows + start));
      rows += source.rows;
    }
    return { sql: `(${selects.join(" UNION ALL ")})`, rows, offsets };
  }

  async remove(): Promise<void> {
    const paths = this.parts.flatMap(({ path }) => (path === null ? [] : [path]));
    await Promise.all(paths.map((path) => rm(path, { force: true })));
  }

  /** Files of one run are read together; `part_row` counts on from one to the next. */
  private async describeFiles(paths: readonly string[]) {
    const source = `read_parquet(${fileList(paths)}, union_by_name = true)`;
    const described = await this.engine.rows<DescribedColumn>(`DESCRIBE SELECT * FROM ${source}`);
    const counted = await this.engine.rows<{ part: number; rows: number }>(
      `SELECT file_index::INTEGER AS part, count(*) AS rows FROM ${source} GROUP BY file_index`,
    );
    const rowsOf = new Map(counted.map(({ part, rows }) => [part, rows]));
    const starts: number[] = [];
    let rows = 0;
    for (const part of paths.keys()) {
      starts.push(rows);
      rows += rowsOf.get(part) ?? 0;
    }
    const start = `([${starts.join(", ")}]::BIGINT[])[file_index::BIGINT + 1]`;
    const query = `SELECT *, ${start} + file_row_number AS part_row FROM ${source}`;
    return { query, columns: new Set(described.map((column) => column.column_name)), rows, starts };
  }

  private async addEmptyPart(): Promise<void> {
    const path = this.newPath("empty.parquet");
    await this.engine.run(`CREATE TABLE ${PENDING} (${STAGED_TABLE});
      COPY ${PENDING} TO ${literal(path)} (FORMAT parquet); DROP TABLE ${PENDING};`);
    this.parts.push({ path });
  }

  private async drain(): Promise<void> {
    if (this.buffer.length === 0) return;
    if (!this.created) await this.engine.run(`CREATE TABLE ${PENDING} (${STAGED_TABLE})`);
    this.created = true;
    this.pendingRows += await this.engine.append(PENDING, STAGED_NAMES, this.buffer);
    this.buffer = [];
  }
}

/** Files next to one another together, each query by itself. */
function runsOfFiles(parts: readonly StagedPart[]): StagedPart[][] {
  const runs: StagedPart[][] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (part.path !== null && last !== undefined && last[0]!.path !== null) last.push(part);
    else runs.push([part]);
  }
  return runs;
}
