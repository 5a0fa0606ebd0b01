/**
 * Exit codes of the CLI. Stable: scripts depend on them (docs/reference/exit-codes.md).
 */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  gate: 3,
  incomplete: 4,
  upstream: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDetails {
  /** `TOP-` and a stage word; stable, one documentation entry each. */
  readonly code: string;
  /** One sentence: what is wrong and where. */
  readonly message: string;
  /** What was found, and what was expected or what that means for the result. */
  readonly found?: string;
  /** The way out: the next command or edit. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/** Base of every error that a user can act on. Anything else that reaches the top is our bug (exit code 1). */
export class TokenOpError extends Error {
  readonly code: string;
  readonly found: string | undefined;
  readonly fix: string | undefined;
  readonly exitCode: ExitCode;

  constructor(details: ErrorDetails, exitCode: ExitCode) {
    super(details.message, { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.found = details.found;
    this.fix = details.fix;
    this.exitCode = exitCode;
  }
}

/** Wrong flags, configuration or input. */
export class UsageError extends TokenOpError {
  constructor(details: ErrorDetails) {
    super(details, EXIT.usage);
  }
}

/** A gate did not hold: infeasible policy, required certificate missing, cost above a threshold. */
export class GateError extends TokenOpError {
  constructor(details: ErrorDetails) {
    super(details, EXIT.gate);
  }
}

/** Budget, time or samples ran out, or nothing could be certified without a key. */
export class IncompleteError extends TokenOpError {
  constructor(details: ErrorDetails) {
    super(details, EXIT.incomplete);
  }
}

/** A source or provider failed after retries. */
export class UpstreamError extends TokenOpError {
  constructor(details: ErrorDetails) {
    super(details, EXIT.upstream);
  }
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: "Permission is denied.",
  EEXIST: "Something else is there already.",
  EISDIR: "It is a folder, not a file.",
  ELOOP: "Its links lead round in a circle.",
  EMFILE: "Too many files are open.",
  ENAMETOOLONG: "The name is too long.",
  ENOENT: "There is no such file or folder.",
  ENOSPC: "No space is left on the device.",
  ENOTDIR: "A part of the path is a file, not a folder.",
  EPERM: "The operation is not permitted.",
  EROFS: "The file system is read-only.",
};

/** What the file system refused, as a sentence; null for an error that is not about a file. */
export function describeFileFault(error: unknown): string | null {
  return FILE_FAULTS[(error as NodeJS.ErrnoException | null)?.code ?? ""] ?? null;
}

/** The text shown to a user: what, found, way out. No stack. */
export function describeError(error: TokenOpError): string {
  return [`error ${error.code}: ${error.message}`, error.found, error.fix]
    .filter((line) => line !== undefined && line !== "")
    .map((line, index) => (index === 0 ? line : `  ${line}`))
    .join("\n");
}
