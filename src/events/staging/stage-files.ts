import { symlink } from "node:fs/promises";
import { splitLines } from "../../shared/lines.js";
import type { ColumnMapping, SourceFile } from "../contract.js";
import { readCsvHeader } from "../reading/csv-records.js";
import { openText } from "../reading/open-bytes.js";
import { MAX_RECORD_BYTES } from "../reading/scan-file.js";
import { REQUIRED_COLUMNS } from "../values/event-columns.js";
import { loadGroup } from "./load-group.js";
import { loadSlowly } from "./load-slowly.js";
import { type SourceColumns, sourceColumns } from "./source-columns.js";
import { type DescribedColumn, describeParquet, type GroupShape } from "./sql/source-sql.js";
import { isUnreadable, type PlannedFile, type Staging } from "./staging.js";
import type { StagingArea } from "./staging-area.js";

// Files read by one query: enough to make the query's own cost vanish, few enough to repeat one if a file is odd.
const GROUP_FILES = 256;
const GROUP_BYTES = 512 * 1024 * 1024;

/** Stages files in order: neighbours of one shape together, through the engine wherever it can be trusted. */
export async function stageFiles(
  files: readonly SourceFile[],
  mapping: ColumnMapping,
  staging: Staging,
): Promise<void> {
  let group: PlannedFile[] = [];
  let signature = "";
  const finish = async (): Promise<void> => {
    if (group.length > 0) await loadGroup(group, staging);
    group = [];
  };
  for (const [at, file] of files.entries()) {
    staging.context.signal.throwIfAborted();
    staging.context.log.progress("reading files", at / files.length, file.label);
    const staged = staging.area.addFile(file, formatName(file));
    const { file: readable, shape } = await inspect(file, mapping, staging);
    if (shape === null) {
      await finish();
      // Nothing could be told about the file, so the slow reader says what is wrong with it.
      const columns = sourceColumns(mapping, file.format);
      const unknown = { format: file.format, columns, header: null, parquet: null };
      await loadSlowly({ file: readable, staged, shape: unknown }, null, staging);
      continue;
    }
    const bytes = group.reduce((total, planned) => total + planned.file.bytes, file.bytes);
    const own = JSON.stringify([shape.format, shape.header, shape.parquet]);
    if (own !== signature || group.length === GROUP_FILES || bytes > GROUP_BYTES) await finish();
    signature = own;
    group.push({ file: readable, staged, shape });
  }
  await finish();
}

const formatName = ({ format, compression }: SourceFile): string =>
  compression === "none" ? format : `${format}+${compression}`;

/** Looks at a file's header; `shape` is null where there is none or it cannot be read. */
async function inspect(
  file: SourceFile,
  mapping: ColumnMapping,
  staging: Staging,
): Promise<{ file: SourceFile; shape: GroupShape | null }> {
  const readable = await withPlainPath(file, staging.area);
  const columns = sourceColumns(mapping, file.format);
  const shape = { format: file.format, columns, header: null, parquet: null };
  if (file.format === "jsonl") return { file: readable, shape };
  try {
    if (file.format === "csv") {
      const lines = splitLines(openText(readable, staging.context.signal), { maxBytes: MAX_RECORD_BYTES });
      const header = await readCsvHeader(lines);
      if (header !== null) warnMissing(file, columns, header.names, staging.warnings);
      return { file: readable, shape: header === null ? null : { ...shape, header } };
    }
    const described = await staging.engine.rows<DescribedColumn>(describeParquet(readable.path));
    const parquet = described.map(({ column_name: name, column_type: type }) => ({ name, type }));
    warnMissing(
      file,
      columns,
      parquet.map(({ name }) => name),
      staging.warnings,
    );
    return { file: readable, shape: { ...shape, parquet } };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { file: readable, shape: null };
  }
}

/** The engine takes paths for patterns; one that holds a pattern's characters is read through a link. */
async function withPlainPath(file: SourceFile, area: StagingArea): Promise<SourceFile> {
  if (!/[*?[\]{}]/.test(file.path)) return file;
  const ending = /(\.[a-z]+)?(\.gz|\.zst)?$/i.exec(file.path)![0];
  const path = area.newPath(`link${ending}`);
  await symlink(file.path, path);
  return { ...file, path };
}

/** One warning for the whole file says more than a rejected line for each of its rows. */
function warnMissing(
  file: SourceFile,
  columns: SourceColumns,
  names: readonly string[],
  warnings: string[],
): void {
  const missing = REQUIRED_COLUMNS.filter((column) => {
    const origin = columns[column];
    return origin.from === "column" && !names.includes(origin.name);
  });
  if (missing.length === 0) return;
  const wanted = missing.map((column) => {
    const origin = columns[column];
    return origin.from === "column" && origin.name !== column ? `${column} ("${origin.name}")` : column;
  });
  warnings.push(
    `${file.label} has no column for ${wanted.join(", ")} among ${names.length} columns; every row is rejected. ` +
      `Name them with --map ${missing[0]}=<column>.`,
  );
}
