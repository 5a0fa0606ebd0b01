import type { CanonicalEvent, EventColumn } from "../../events/contract.js";
import { sha256 } from "../../shared/artifact.js";
import { toSnakeKey } from "../../shared/case.js";
import type { ContentRecord, Normalised } from "../contract.js";
import { BLANK_CALL } from "../platform/blank-event.js";
import { contentOf } from "../platform/content.js";
import {
  type JsonObject,
  normaliseWith,
  RecordProblem,
  readAmount,
  readCount,
  readFlag,
  readText,
  requireInstant,
  requireObject,
} from "../platform/fields.js";
import { SOURCE } from "./normalise.js";
import { type CallsTable, quoted } from "./settings.js";

const STATUSES = ["ok", "error", "timeout", "rate_limited"] as const;
const AMOUNTS: readonly EventColumn[] = ["latency_ms", "cost_usd", "quality_score", "ttft_ms"];
const COUNTS: readonly EventColumn[] = [
  "input_tokens",
  "output_tokens",
  "context_length",
  "cached_input_tokens",
  "cache_write_tokens",
  "cache_write_1h_tokens",
  "reasoning_tokens",
  "max_tokens",
  "turn",
  "prefix_block_tokens",
  "request_count",
  "bucket_seconds",
];

/** Canonical columns that the table gives, `ts` first, with the table's own names. */
export const mappedColumns = ({ columns }: CallsTable): (readonly [EventColumn, string])[] =>
  Object.entries(columns)
    .flatMap(([key, name]): (readonly [EventColumn, string])[] =>
      name === undefined ? [] : [[toSnakeKey(key) as EventColumn, name]],
    )
    .toSorted(([one], [other]) => Number(other === "ts") - Number(one === "ts"));

/** The parts of `sql/calls.sql`: every name is quoted, so none can be an expression. */
export function callsSql(table: CallsTable, extra: readonly (readonly [string, string])[] = []) {
  const listed = [...mappedColumns(table), ...extra];
  return {
    table: quoted(table.table),
    time: `u.${quoted(table.columns.ts)}`,
    columns: listed.map(([name, own]) => `  u.${quoted(own)} AS "${name.toUpperCase()}"`).join(",\n"),
    order: listed.map((_, at) => `${at + 1}`).join(", "),
  };
}

/** A row of a user's own table, under the canonical names that its columns were mapped to. */
export function normaliseCall(row: unknown, table: CallsTable): Normalised | null {
  return normaliseWith(() => {
    const call = requireObject(row);
    const mapped = mappedColumns(table).map(([name]) => [name, canonicalOf(name, call[name])] as const);
    const event = {
      id: "",
      ...BLANK_CALL,
      ...table.set,
      ...Object.fromEntries(mapped),
      ...(table.grain === "bucket" && { grain: "bucket" as const }),
      source: SOURCE,
    } as CanonicalEvent;
    const suppliedId = typeof event.id === "string" && event.id !== "";
    const id = suppliedId ? event.id : derivedId(table, mapped);
    return { suppliedId, event: { ...event, id, ...inclusive(event, table) } };
  });
}

/** The text of a row, under the id of its event. */
export function contentOfCall(row: unknown, table: CallsTable): ContentRecord | null {
  const call = row as JsonObject;
  const made = normaliseCall(row, table);
  if (made === null || !("event" in made)) return null;
  const { id, model, intent } = made.event;
  return contentOf(id, { request: call.prompt_text, response: call.response_text, model, intent });
}

function canonicalOf(name: EventColumn, value: unknown): unknown {
  if (name === "ts") return new Date(requireInstant(value, name)).toISOString();
  if (COUNTS.includes(name)) return readCount(value, name);
  if (AMOUNTS.includes(name)) return readAmount(value, name);
  if (name === "batch") return readFlag(value);
  const text = readText(value, name);
  if (name === "status" || name === "cost_basis") return oneOf(name, text);
  return text;
}

function oneOf(name: "status" | "cost_basis", text: string | null): string | null {
  const allowed: readonly string[] = name === "status" ? STATUSES : ["billed", "list_price"];
  const word = text?.toLowerCase() ?? null;
  if (word === null || allowed.includes(word)) return word;
  throw new RecordProblem(
    "invalid_value",
    name,
    `found a text of ${word.length} characters, expected ${allowed.join(", ")}.`,
  );
}

function inclusive(event: CanonicalEvent, { inputIncludesCached }: CallsTable) {
  if (inputIncludesCached || event.input_tokens === null) return {};
  const apart = (event.cached_input_tokens ?? 0) + (event.cache_write_tokens ?? 0);
  return { input_tokens: event.input_tokens + apart };
}

/** Of the canonical values alone, so that a call has one id whether its text is read or not. */
const derivedId = ({ name }: CallsTable, mapped: readonly (readonly [string, unknown])[]): string =>
  `${name}-${sha256(JSON.stringify(mapped)).slice(0, 32)}`;
