import { type ErrorDetails, EXIT, TokenOpError, UsageError } from "../../shared/errors.js";

const firstLine = (text: string): string => text.split("\n")[0] ?? "";

/**
 * The driver's message decides the kind. Its text is repeated only where it can hold nothing but our SQL, paths
 * and sizes: conversion errors quote the value that failed, and that value may be a user's text.
 */
export function engineError(error: unknown, interrupted: boolean): unknown {
  if (error instanceof TokenOpError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (interrupted || text.startsWith("INTERRUPT")) {
    return new TokenOpError(
      {
        code: "TOP-ENGINE-INTERRUPTED",
        message: "The query was interrupted.",
        fix: "Run the command again.",
      },
      EXIT.interrupted,
    );
  }
  if (text.startsWith("Out of Memory")) return new TokenOpError(memoryDetails(text), EXIT.incomplete);
  if (text.startsWith("IO Error")) {
    return new UsageError({
      code: "TOP-ENGINE-IO",
      message: "The engine could not read or write a file.",
      found: firstLine(text),
      fix: "Check the path, its permissions and the free space.",
      cause: error,
    });
  }
  if (/^(Conversion|Invalid Input|Out of Range|Mismatch Type)/.test(text)) {
    return new UsageError({
      code: "TOP-ENGINE-DATA",
      message: "The data does not fit the types that the query declares.",
      found: `${text.split(":")[0]}; the offending value is left out of this message on purpose.`,
      fix: "Check the input: tokenop validate --input <file>",
    });
  }
  return new TokenOpError(
    {
      code: "TOP-ENGINE-QUERY",
      message: "The engine refused a query; this is a fault of TokenOp, not of the data.",
      found: firstLine(text),
      fix: "Report it with this message.",
      cause: error,
    },
    EXIT.internal,
  );
}

function memoryDetails(text: string): ErrorDetails {
  return {
    code: "TOP-ENGINE-MEMORY",
    message: "The engine ran out of memory or of space for spill files.",
    found: firstLine(text),
    fix: "Free space on the workspace's disk, or read fewer files at once.",
  };
}
