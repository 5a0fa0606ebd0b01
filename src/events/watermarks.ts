import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { UsageError } from "../shared/errors.js";

/**
 * `.tokenop/watermarks.json`: how far each source has been read, so that the next `discover --append` asks for what
 * came since and for what may still have changed.
 */
const fileSchema = z.strictObject({
  version: z.literal(1),
  sources: z.record(
    z.string(),
    z.strictObject({ newest_ts: z.iso.datetime(), lateness_hours: z.number().nonnegative() }),
  ),
  /** What derived ids of a file's rows began with when it was last read. */
  files: z.record(z.string(), z.string()),
});

export interface SourceMark {
  /** Instant of the newest row seen, ISO 8601 UTC. */
  readonly newestTs: string;
  /** How long after its time a row of this source may still come or change, hours. */
  readonly latenessHours: number;
}

export interface Watermarks {
  readonly sources: ReadonlyMap<string, SourceMark>;
  readonly files: ReadonlyMap<string, string>;
}

export const NO_WATERMARKS: Watermarks = { sources: new Map(), files: new Map() };

const HOUR_MS = 3_600_000;

/** From where a source is read again: its newest row less its lateness; null where it was never read. */
export function readAgainFrom({ sources }: Watermarks, source: string, latenessHours: number): Date | null {
  const mark = sources.get(source);
  if (mark === undefined) return null;
  // What was declared when the rows were read holds too: a shorter lateness of a newer version must not leave a gap.
  const hours = Math.max(latenessHours, mark.latenessHours);
  return new Date(Date.parse(mark.newestTs) - hours * HOUR_MS);
}

/** The later mark of each source wins; files read again are as they are now. */
export function advance(former: Watermarks, read: Watermarks): Watermarks {
  const sources = new Map(former.sources);
  for (const [name, mark] of read.sources) {
    const known = sources.get(name);
    const isOlder = known !== undefined && Date.parse(known.newestTs) > Date.parse(mark.newestTs);
    sources.set(name, isOlder ? { ...mark, newestTs: known.newestTs } : mark);
  }
  return { sources, files: new Map([...former.files, ...read.files]) };
}

/** Throws `TOP-EVENTS-WATERMARKS` for a file that is none: reading on from nowhere would leave a gap. */
export async function loadWatermarks(path: string): Promise<Watermarks> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return NO_WATERMARKS;
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new UsageError({
      code: "TOP-EVENTS-WATERMARKS",
      message: "It is not known how far the sources were read.",
      found: `${path} is not what an earlier discovery wrote.`,
      fix: "Say from where to read on: tokenop discover --append --since <instant>, or read anew: tokenop discover",
    });
  }
  const { sources, files } = parsed.data;
  return {
    sources: new Map(
      Object.entries(sources).map(([name, mark]) => [
        name,
        { newestTs: mark.newest_ts, latenessHours: mark.lateness_hours },
      ]),
    ),
    files: new Map(Object.entries(files)),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Equal marks give equal bytes. Written beside and renamed: a killed run leaves the former marks. */
export async function saveWatermarks(path: string, { sources, files }: Watermarks): Promise<void> {
  const sorted = <T>(entries: Iterable<readonly [string, T]>) =>
    Object.fromEntries([...entries].sort(([left], [right]) => (left < right ? -1 : 1)));
  const marks = [...sources].map(
    ([name, { newestTs, latenessHours }]) =>
      [name, { newest_ts: newestTs, lateness_hours: latenessHours }] as const,
  );
  const body = { version: 1, sources: sorted(marks), files: sorted(files) };
  const temporary = `${path}.tmp`;
  await writeFile(temporary, `${JSON.stringify(body, null, 2)}\n`);
  await rename(temporary, path);
}
