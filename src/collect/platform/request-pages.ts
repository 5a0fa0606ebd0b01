import type { RawRow } from "../../events/contract.js";
import { UpstreamError } from "../../shared/errors.js";
import type { Collected, ContentRecord, ExportReader, RemoteRequest } from "../contract.js";
import { asObject } from "./fields.js";

/** One page of a platform's single calls. */
export interface RequestPage {
  /** Label of the rows' origin: `langfuse:observations`. */
  readonly file: string;
  readonly records: readonly unknown[];
  /** Records of the pages before. */
  readonly before: number;
  /** Where reading can go on after this page. */
  readonly checkpoint: string;
}

type Window = Pick<RemoteRequest<unknown>, "since" | "until" | "includeContent">;

/**
 * A page as batches: its rows, then its text where that was asked for; the last batch carries the checkpoint. Events
 * outside the window are left out, since some platforms round its bounds.
 */
export function* batchesOf(
  { file, records, before, checkpoint }: RequestPage,
  { normalise, content }: Pick<ExportReader, "normalise" | "content">,
  { since, until, includeContent }: Window,
): Generator<Collected> {
  const rows: RawRow[] = [];
  const texts: ContentRecord[] = [];
  for (const [index, record] of records.entries()) {
    const made = normalise(record);
    if (made === null || "statement" in made) continue;
    if ("event" in made) {
      const at = Date.parse(made.event.ts);
      if (at < since.getTime() || at >= until.getTime()) continue;
      const text = includeContent ? (content?.(record, made.event.id) ?? null) : null;
      if (text !== null) texts.push(text);
    }
    rows.push({ file, line: before + index + 1, ...made });
  }
  if (texts.length === 0) return yield { kind: "rows", rows, repeated: [], checkpoint };
  yield { kind: "rows", rows, repeated: [] };
  yield { kind: "content", records: texts, checkpoint };
}

/** Records of an answer, under `key` or as the answer itself where `key` is null. Throws TOP-COLLECT-ANSWER. */
export function recordsIn(answer: unknown, key: string | null, title: string): readonly unknown[] {
  const records = key === null ? answer : asObject(answer)?.[key];
  if (Array.isArray(records)) return records;
  throw unexpectedAnswer(title, key === null ? "a list" : `a list under "${key}"`);
}

/** An answer that was understood by neither side: another version of the platform, or another server. */
export function unexpectedAnswer(title: string, expected: string): UpstreamError {
  return new UpstreamError({
    code: "TOP-COLLECT-ANSWER",
    message: `${title} gave an answer that cannot be read.`,
    found: `It was JSON but not ${expected}.`,
    fix: "Check base_url in tokenop.yaml and the platform's version; what is asked for: tokenop discover --explain",
  });
}

/** The cursor of an answer, where there is one: at `path` below the answer, `meta.cursor`. */
export function cursorIn(answer: unknown, path: readonly [string, string]): string | null {
  const value = asObject(asObject(answer)?.[path[0]])?.[path[1]];
  return typeof value === "string" && value !== "" ? value : null;
}
