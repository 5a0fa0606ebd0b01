import type { RawBatch } from "../events/contract.js";
import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import { nearest } from "../shared/nearest.js";
import type { CollectOptions, Collector } from "./contract.js";
import { collectors } from "./registry.js";

/** What became of a collector; `discovered.yaml` keeps it. */
export interface CollectorReport {
  readonly id: string;
  /** What was found, or where it looked. */
  readonly found: string;
  readonly used: boolean;
  /** Why it was skipped; null when it was used. */
  readonly reason: string | null;
  readonly cannotFill: Collector["cannotFill"];
}

export interface Selection {
  readonly collectors: readonly Collector[];
  readonly report: readonly CollectorReport[];
}

/** The collector for inputs that the user names without saying what they are. */
const NAMED_INPUTS = "files";

const NOT_LOOKED_FOR = { found: false, summary: "not looked for" };

/**
 * Decides which collectors run. With ids: exactly those. With named inputs alone: `files`. With nothing: every
 * collector that finds its source.
 *
 * Throws `TOP-COLLECT-UNKNOWN` for an id that is not registered, and `TOP-COLLECT-NONE` when nothing was named and
 * nothing was found. What is wrong with a named input is for its collector's `read` to say.
 */
export async function selectCollectors(
  ids: readonly string[] | null,
  options: CollectOptions,
  context: Context,
  known: readonly Collector[] = collectors,
): Promise<Selection> {
  const chosen = ids === null ? null : ids.map((id) => findCollector(id, known));
  const seen = await Promise.all(
    known.map(async (collector) => {
      const asked = reasonToSkip(collector, true, chosen, options) === null;
      return { collector, detection: asked ? await collector.detect(options, context) : NOT_LOOKED_FOR };
    }),
  );
  const report = seen.map(({ collector, detection }): CollectorReport => {
    const reason = reasonToSkip(collector, detection.found, chosen, options);
    return {
      id: collector.id,
      found: detection.summary,
      used: reason === null,
      reason,
      cannotFill: collector.cannotFill,
    };
  });
  const used = seen.filter((_, index) => report[index]!.used);
  const nothingNamed = options.inputs.length === 0;
  if (used.length === 0 || (nothingNamed && !used.some(({ detection }) => detection.found))) {
    throw nothingFound(chosen === null ? report : report.filter((entry) => entry.used));
  }
  return { collectors: used.map(({ collector }) => collector), report };
}

/** Everything that the selected collectors hold, one collector after the other, so that the order is stable. */
export async function* collect(
  selected: readonly Collector[],
  options: CollectOptions,
  context: Context,
): AsyncGenerator<RawBatch> {
  for (const collector of selected) {
    context.signal.throwIfAborted();
    yield* collector.read(options, context);
  }
}

function findCollector(id: string, known: readonly Collector[]): Collector {
  const collector = known.find((candidate) => candidate.id === id);
  if (collector !== undefined) return collector;
  const ids = known.map((candidate) => candidate.id);
  const close = nearest(id, ids);
  throw new UsageError({
    code: "TOP-COLLECT-UNKNOWN",
    message: `There is no collector "${id}".`,
    found: `Collectors: ${ids.join(", ")}.`,
    fix: `Name one or several of them: tokenop discover --collectors ${close ?? ids[0] ?? ""}`,
  });
}

function reasonToSkip(
  collector: Collector,
  found: boolean,
  chosen: readonly Collector[] | null,
  options: CollectOptions,
): string | null {
  if (chosen !== null) return chosen.includes(collector) ? null : "not among the collectors that were named";
  if (options.inputs.length > 0) {
    return collector.id === NAMED_INPUTS ? null : "inputs were named; these are read as files";
  }
  return found ? null : "nothing found";
}

function nothingFound(report: readonly CollectorReport[]): UsageError {
  return new UsageError({
    code: "TOP-COLLECT-NONE",
    message: `No usage found for ${report.map((entry) => entry.id).join(", ")}.`,
    found: report.map((entry) => `${entry.id}: ${entry.found}`).join("; "),
    fix: "Name what to read: tokenop discover --input-dir <folder>",
  });
}
