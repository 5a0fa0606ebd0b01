import type { IngestResult } from "../events/contract.js";
import { type TokenOpError, UsageError } from "../shared/errors.js";

/**
 * Why an input does not count as read: nothing in it is usable, or more of it was rejected than is tolerated. Null
 * where it is good enough; bills alone are.
 */
export function inputShortfall(result: IngestResult, maxRejected: number): TokenOpError | null {
  const { read, valid, rejected, overlapping } = result;
  if (read === 0 && result.statements > 0) return null;
  if (read === 0) return nothingRead(result);
  if (valid + overlapping === 0) return nothingUsable(result);
  return rejected / read > maxRejected ? tooManyRejected(result, maxRejected) : null;
}

function nothingRead({ files }: IngestResult): UsageError {
  const names = files.map((file) => file.file).slice(0, NAMES_SHOWN);
  return new UsageError({
    code: "TOP-INPUT-EMPTY",
    message: "No usage record was found.",
    found: names.length === 0 ? "No file holds one." : `Files without a record: ${names.join(", ")}.`,
    fix: "Name other inputs: tokenop discover --input-dir <folder>. What would be read: tokenop discover --explain",
  });
}

function nothingUsable({ read, problems, warnings }: IngestResult): UsageError {
  const [first] = problems;
  const field = first?.field == null ? "" : `${first.field}: `;
  const why = first === undefined ? "" : `The first: ${first.file}:${first.line}: ${field}${first.message}.`;
  return new UsageError({
    code: "TOP-INPUT-UNUSABLE",
    message: `No usable record in ${count(read)}.`,
    found: warnings[0] ?? why,
    fix: problems.every((problem) => problem.code === "unreadable_file")
      ? "Mend the file or its permissions, or name others: tokenop discover --input-dir <folder>"
      : "Say which columns of the source are meant: --map ts=<column>,model=<column>; what holds for all: --set provider=openai",
  });
}

function tooManyRejected({ read, valid, rejected }: IngestResult, maxRejected: number): UsageError {
  return new UsageError({
    code: "TOP-INPUT-REJECTED",
    message: `${rejected} of ${count(read)} (${percent(rejected / read)}) rejected, more than the ${percent(maxRejected)} tolerated.`,
    found: `The other ${valid} valid ones were kept; totals leave the rejected ones out.`,
    fix: `Repair the lines named above, or accept them: --max-rejected ${Math.ceil((rejected / read) * 100)}%`,
  });
}

const NAMES_SHOWN = 5;

const count = (lines: number): string => `${lines} ${lines === 1 ? "line" : "lines"}`;

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
