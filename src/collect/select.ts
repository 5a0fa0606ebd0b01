import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import { nearest } from "../shared/nearest.js";
import {
  type CollectOptions,
  type Collector,
  type Detection,
  NOT_CONFIGURED,
  type Source,
} from "./contract.js";
import { collectors } from "./registry.js";

/** A collector and what it reads: one of its configured sources, or what lies on this machine (null). */
export interface Selected {
  readonly collector: Collector;
  readonly source: Source | null;
  /** From where this source is read, where that differs from the others'. */
  readonly since?: Date | null;
}

/** What became of a collector or source; `discovered.yaml` keeps it. */
export interface CollectorReport {
  /** The source's name, or the collector's id. */
  readonly id: string;
  /** What was found, or where it looked. */
  readonly found: string;
  readonly used: boolean;
  /** Why it was skipped; null when it was used. */
  readonly reason: string | null;
  readonly cannotFill: Collector["cannotFill"];
}

export interface Selection {
  readonly selected: readonly Selected[];
  readonly report: readonly CollectorReport[];
}

/** The collector for inputs that the user names without saying what they are. */
const NAMED_INPUTS = "files";

const NOT_LOOKED_FOR: Detection = { found: false, summary: "not looked for" };

/**
 * Decides what is read. With names: exactly those, each a configured source or a collector with all its sources. With
 * named inputs alone: `files`. With nothing: every configured source, and every collector of this machine that finds
 * something.
 *
 * Throws `TOP-COLLECT-UNKNOWN` for a name that is neither, `TOP-COLLECT-CONFIG` for a platform that is named and not
 * configured, and `TOP-COLLECT-NONE` when nothing was named and nothing was found. What is wrong with a named input is
 * for its collector's `read` to say.
 */
export async function selectCollectors(
  names: readonly string[] | null,
  sources: readonly Source[],
  options: CollectOptions,
  context: Context,
  known: readonly Collector[] = collectors,
): Promise<Selection> {
  for (const name of names ?? []) requireKnown(name, sources, known);
  const entries = known.flatMap((collector) => entriesOf(collector, sources, options));
  const seen = await Promise.all(
    entries.map(async (entry) => {
      const asked = reasonToSkip(entry, true, names, options) === null;
      const one = entry.source === null ? options : { ...options, source: entry.source };
      return { entry, detection: asked ? await entry.collector.detect(one, context) : NOT_LOOKED_FOR };
    }),
  );
  const report = seen.map(({ entry, detection }): CollectorReport => {
    const reason = reasonToSkip(entry, detection.found, names, options);
    return {
      id: nameOf(entry),
      found: detection.summary,
      used: reason === null,
      reason,
      cannotFill: entry.collector.cannotFill,
    };
  });
  const used = seen.filter((_, index) => report[index]!.used);
  const unconfigured = used.find(({ entry, detection }) => needsSource(entry, options) && !detection.found);
  if (unconfigured !== undefined) throw notConfigured(unconfigured.entry.collector);
  const nothingNamed = options.inputs.length === 0;
  if (used.length === 0 || (nothingNamed && !used.some(({ detection }) => detection.found))) {
    throw nothingFound(names === null ? report : report.filter((entry) => entry.used));
  }
  return { selected: used.map(({ entry }) => entry), report };
}

/** A collector's configured sources; named inputs are read as its export files instead. */
function entriesOf(collector: Collector, sources: readonly Source[], { inputs }: CollectOptions): Selected[] {
  const own = inputs.length > 0 ? [] : sources.filter((source) => source.collector === collector.id);
  return own.length === 0 ? [{ collector, source: null }] : own.map((source) => ({ collector, source }));
}

const nameOf = ({ collector, source }: Selected): string => source?.name ?? collector.id;

const needsSource = ({ collector, source }: Selected, { inputs }: CollectOptions): boolean =>
  collector.settings !== null && source === null && inputs.length === 0;

/** @throws UsageError TOP-COLLECT-UNKNOWN for a name that is neither a collector nor a configured source. */
export function requireKnown(
  name: string,
  sources: readonly Pick<Source, "name">[],
  known: readonly Collector[] = collectors,
): void {
  const names = [...new Set([...known.map(({ id }) => id), ...sources.map((source) => source.name)])];
  if (names.includes(name)) return;
  throw new UsageError({
    code: "TOP-COLLECT-UNKNOWN",
    message: `There is no collector or source "${name}".`,
    found: `Known: ${names.join(", ")}.`,
    fix: `Name one or several of them: --collectors ${nearest(name, names) ?? names[0] ?? ""}`,
  });
}

function reasonToSkip(
  entry: Selected,
  found: boolean,
  names: readonly string[] | null,
  { inputs }: CollectOptions,
): string | null {
  const { collector } = entry;
  if (names !== null) {
    const isNamed = names.includes(nameOf(entry)) || names.includes(collector.id);
    return isNamed ? null : "not among the collectors that were named";
  }
  if (inputs.length > 0)
    return collector.id === NAMED_INPUTS ? null : "inputs were named; these are read as files";
  if (found) return null;
  return collector.settings === null ? "nothing found" : NOT_CONFIGURED;
}

/** A platform that is named and has no source in tokenop.yaml. */
export function notConfigured({ id, summary }: Collector): UsageError {
  return new UsageError({
    code: "TOP-COLLECT-CONFIG",
    message: `The source ${id} is not configured.`,
    found: `${summary}. Its settings stand under sources: in tokenop.yaml.`,
    fix: `Add it there, see docs/guide/collectors/${id}.md, or name its export files: --collectors ${id} --input-dir <files>`,
  });
}

function nothingFound(report: readonly CollectorReport[]): UsageError {
  const looked = report.filter(({ reason }) => reason !== NOT_CONFIGURED);
  return new UsageError({
    code: "TOP-COLLECT-NONE",
    message: `No usage found for ${looked.map((entry) => entry.id).join(", ")}.`,
    found: looked.map((entry) => `${entry.id}: ${entry.found}`).join("; "),
    fix: "Name what to read: tokenop discover --input-dir <folder>, or add a platform to sources: in tokenop.yaml",
  });
}
