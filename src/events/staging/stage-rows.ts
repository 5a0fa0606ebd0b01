import type { RawBatch } from "../contract.js";
import { validateEvent } from "../values/validate-event.js";
import { emptyRow, STATE, usableRow } from "./staged-row.js";
import type { Staging } from "./staging.js";
import type { StagedFile } from "./staging-area.js";

type RowsBatch = Extract<RawBatch, { kind: "rows" }>;

/** Stages rows that a collector parsed itself, under the same rules as rows of files. */
export async function stageRows(
  batch: RowsBatch,
  files: Map<string, StagedFile>,
  { area, problems }: Staging,
): Promise<void> {
  const fileOf = (label: string): StagedFile => {
    const known = files.get(label);
    if (known !== undefined) return known;
    const added = area.addFile({ label, source: "collector" }, "collector");
    files.set(label, added);
    return added;
  };
  for (const row of batch.rows) {
    const { index } = fileOf(row.file);
    const verdict = "problem" in row ? row : validateEvent(row.event);
    if ("problem" in verdict) {
      await problems.add({ file: row.file, line: row.line, ...verdict.problem }, null);
      await area.append(emptyRow(index, STATE.rejected));
    } else {
      const isSupplied = "event" in row && row.suppliedId;
      await area.append(usableRow(index, isSupplied ? STATE.usable : STATE.derivedId, verdict.event));
    }
  }
  for (const { file } of batch.repeated) await area.append(emptyRow(fileOf(file).index, STATE.repeated));
  await area.flushIfLarge();
}
