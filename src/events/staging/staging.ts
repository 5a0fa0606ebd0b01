import type { Engine } from "../../engine/contract.js";
import type { Context } from "../../shared/context.js";
import { TokenOpError } from "../../shared/errors.js";
import type { SourceFile } from "../contract.js";
import type { ProblemLog } from "./problem-log.js";
import type { GroupShape } from "./sql/source-sql.js";
import type { StagedFile, StagingArea } from "./staging-area.js";

/** What staging works with. */
export interface Staging {
  readonly engine: Engine;
  readonly area: StagingArea;
  readonly problems: ProblemLog;
  readonly warnings: string[];
  readonly context: Context;
  /** Cleared once a lean reading had to be repeated in full: the files after it are likely to be of the same kind. */
  lean: boolean;
}

/** A file with everything that is known before its rows are read. */
export interface PlannedFile {
  readonly file: SourceFile;
  /** Read by the engine in the file's place. */
  readonly cleanCopy?: string;
  readonly staged: StagedFile;
  readonly shape: GroupShape;
}

/**
 * Whether an error is the file's: from the engine where it names the file or its data, from Node and the decompressors
 * where it carries a code. Anything else is a bug, or the user's interruption.
 */
export function isUnreadable(error: unknown): boolean {
  if (error instanceof TokenOpError)
    return error.code === "TOP-ENGINE-IO" || error.code === "TOP-ENGINE-DATA";
  return error instanceof Error && "code" in error && error.name !== "AbortError";
}
