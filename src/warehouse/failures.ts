import { EXIT, TokenOpError, UpstreamError, UsageError } from "../shared/errors.js";

/** What a platform says of a statement that failed. */
export interface Failure {
  /** As people know the platform: `Snowflake`. */
  readonly platform: string;
  readonly code: string;
  readonly sqlState: string | null;
  readonly message: string;
}

// 42501 no privilege; 42S02, 42P01 and 42704 no such object; 42000 is Snowflake's word for both.
const ACCESS_STATES = new Set(["42501", "42S02", "42P01", "42704", "42602"]);
const ACCESS_WORDS = /not authorized|insufficient privilege|insufficient_permission|permission_denied/i;
const LONGEST_MESSAGE = 300;

/**
 * Compilation errors (SQLSTATE class 42) name tables, columns and grants, so their text is shown. Any other message can
 * quote a value of the data, and is not.
 */
export function statementFailed(
  { platform, code, sqlState, message }: Failure,
  grant: string | undefined,
): UpstreamError {
  // Spark repeats the statement behind its message.
  const text = message.split("== SQL")[0]!.replace(/\s+/g, " ").trim().slice(0, LONGEST_MESSAGE);
  const about = [code, sqlState === null ? "" : `SQLSTATE ${sqlState}`]
    .filter((part) => part !== "")
    .join(", ");
  if (ACCESS_STATES.has(sqlState ?? "") || ACCESS_WORDS.test(message)) {
    return new UpstreamError({
      code: "TOP-WAREHOUSE-GRANT",
      message: `${platform} does not know or does not grant what a statement reads.`,
      found: `${text} (${about})`,
      fix: grant === undefined ? "Grant SELECT on it to the role of this login." : `It needs: ${grant}`,
    });
  }
  return new UpstreamError({
    code: "TOP-WAREHOUSE-SQL",
    message: `${platform} could not run a statement.`,
    found: sqlState?.startsWith("42") === true ? `${text} (${about})` : `${about}.`,
    fix: "See the statement with --explain, and the failed query in the platform's query history.",
  });
}

/** Passes chunks on; what fails after the user's interrupt failed for that reason, whatever it says. */
export async function* untilInterrupted<T>(chunks: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  try {
    yield* chunks;
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  }
}

function interrupted(): TokenOpError {
  return new TokenOpError(
    {
      code: "TOP-WAREHOUSE-INTERRUPTED",
      message: "A statement was interrupted.",
      found: "It was cancelled where it ran.",
      fix: "Run the same command again.",
    },
    EXIT.interrupted,
  );
}

export function tookTooLong(platform: string, minutes: number): UpstreamError {
  return new UpstreamError({
    code: "TOP-WAREHOUSE-TIME",
    message: `${platform} did not finish a statement within ${minutes} minutes.`,
    found: "The statement was cancelled.",
    fix: "Use a larger warehouse, or read a shorter period.",
  });
}

export function unusableResult(platform: string, found: string, fix?: string): UpstreamError {
  return new UpstreamError({
    code: "TOP-WAREHOUSE-RESULT",
    message: `${platform} gave a result that cannot be used.`,
    found,
    fix: fix ?? "Run the same command again.",
  });
}

export function settingMissing(platform: string, name: string, what: string): UsageError {
  return new UsageError({
    code: "TOP-WAREHOUSE-SETTINGS",
    message: `${platform} needs ${what}.`,
    found: `${name} is not set in the environment.`,
    fix: `Set it: export ${name}=...`,
  });
}
