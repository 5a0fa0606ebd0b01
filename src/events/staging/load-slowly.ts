import { readRecords } from "../reading/records.js";
import { type FileScan, scanFile } from "../reading/scan-file.js";
import { judgeRecordOf } from "./judge-unsure.js";
import { emptyRow, STATE, usableRow } from "./staged-row.js";
import { isUnreadable, type PlannedFile, type Staging } from "./staging.js";

/**
 * Stages one file record by record, for files that the engine's reader cannot be trusted with. A fault of the file
 * itself (a broken archive, a permission) counts as one more rejected record, where it lies.
 */
export async function loadSlowly(
  planned: PlannedFile,
  scan: FileScan | null,
  staging: Staging,
): Promise<void> {
  const { area, problems, context, warnings } = staging;
  const { file, staged } = planned;
  staged.sha256 = scan?.sha256 ?? (await hashIfReadable(planned, staging));
  area.beginFile(staged);
  let line = 1;
  let records = 0;
  const fail = async (reason: string): Promise<void> => {
    records += 1;
    const message = `found a file that cannot be read from here on: ${reason}`;
    await problems.add({ file: file.label, line, field: null, code: "unreadable_file", message }, null);
    await area.append(emptyRow(staged.index, STATE.rejected));
  };
  try {
    if (file.format === "parquet") await fail("not Parquet, or damaged");
    if (file.format === "csv" && planned.shape.header === null) await readToTheEnd(planned, staging);
    for await (const record of recordsOf(planned, staging)) {
      records += 1;
      line = record.line + 1;
      const { verdict, position } = judgeRecordOf(planned, record);
      if ("event" in verdict) await area.append(usableRow(staged.index, STATE.usable, verdict.event));
      else {
        await problems.add({ file: file.label, line: record.line, ...verdict.problem }, position);
        await area.append(emptyRow(staged.index, STATE.rejected));
      }
      if (records % 65_536 === 0) context.log.progress("reading line by line", null, file.label);
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    await fail(reasonOf(error as Error & { code: unknown }));
  }
  if (records === 0) warnings.push(`${file.label} holds no record.`);
  await area.flushIfLarge();
}

function recordsOf({ file, shape }: PlannedFile, { context }: Staging): ReturnType<typeof readRecords> {
  const isEmpty = file.format === "parquet" || (file.format === "csv" && shape.header === null);
  if (isEmpty) return nothing();
  return readRecords(file, shape.header, context.signal);
}

async function* nothing(): ReturnType<typeof readRecords> {}

/** A CSV file without a header has no records; reading it shows whether that is all there is to say. */
async function readToTheEnd({ file }: PlannedFile, { context }: Staging): Promise<void> {
  for await (const _ of readRecords(file, { names: [], delimiter: "," }, context.signal));
}

async function hashIfReadable({ file }: PlannedFile, { context }: Staging): Promise<string | null> {
  try {
    // The bytes as they lie on disk, so neither format nor compression matters.
    const { sha256 } = await scanFile({ ...file, format: "parquet" }, context.signal, null);
    return sha256;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return null;
  }
}

/** Codes of Node, and the words of the decompressors, which know no content. */
const reasonOf = ({ code, message }: Error & { code: unknown }): string =>
  typeof code === "string" ? code : message;
