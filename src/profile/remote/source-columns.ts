import type { Dialect, RemoteColumn } from "../../engine/contract.js";
import type { ColumnMapping, EventColumn } from "../../events/contract.js";
import { UsageError } from "../../shared/errors.js";

/** The columns of an event that a profile asks for, and what each is read as. */
const KINDS = {
  id: "text",
  intent: "label",
  provider: "label",
  model: "label",
  endpoint: "label",
  region: "label",
  service_tier: "label",
  tenant: "tenant",
  status: "text",
  grain: "text",
  cost_basis: "text",
  retry_of: "text",
  conversation_id: "text",
  prompt_hash: "text",
  prefix_hashes: "list",
  input_tokens: "count",
  output_tokens: "count",
  cached_input_tokens: "count",
  cache_write_tokens: "count",
  cache_write_1h_tokens: "count",
  reasoning_tokens: "count",
  request_count: "count",
  bucket_seconds: "count",
  turn: "count",
  prefix_block_tokens: "count",
  latency_ms: "amount",
  ttft_ms: "amount",
  cost_usd: "money",
  batch: "flag",
} as const satisfies Partial<Record<EventColumn, string>>;

type Kind = (typeof KINDS)[keyof typeof KINDS];

/** Longest name of a model, an intent and the like: a longer text is content that was mapped by mistake. */
export const LONGEST_LABEL = 200;
/** Characters of a hashed tenant: 64 bits. */
export const TENANT_CHARACTERS = 16;
export const TENANT_PREFIX = "t_";

const TYPES: Readonly<Record<Kind, (dialect: Dialect) => string>> = {
  text: () => "STRING",
  label: () => "STRING",
  tenant: () => "STRING",
  list: (dialect) => dialect.textList,
  count: () => "BIGINT",
  amount: () => "DOUBLE",
  money: () => "DECIMAL(18, 12)",
  flag: () => "BOOLEAN",
};

/** Without these a table says nothing about cost. */
const REQUIRED: readonly EventColumn[] = ["ts", "model", "input_tokens", "output_tokens"];

const MICROS_PER = { s: 1_000_000, ms: 1000, us: 1 } as const;

export interface SourceInput {
  readonly dialect: Dialect;
  readonly table: string;
  /** What the platform says of the table; null before it was asked: every canonical column is then assumed. */
  readonly columns: readonly RemoteColumn[] | null;
  readonly mapping: ColumnMapping;
  /** Key of the workspace, hexadecimal. */
  readonly tenantKey: string;
}

/**
 * The select list that reads a table as events. Tenants leave the engine as keyed hashes only; labels too long to be
 * one do not leave it at all; of ids, conversations and prompt hashes only counts do.
 *
 * @throws UsageError TOP-ENGINE-COLUMN for a mapped or required column that the table lacks, TOP-ENGINE-TIME for a
 * numeric time without a unit.
 */
export function sourceColumns(input: SourceInput): string {
  requireColumns(input);
  const columns = Object.entries(KINDS).map(([column, kind]) => {
    const value = readAs(input, column as EventColumn, kind);
    return `${value} AS ${column}`;
  });
  const tooLong = Object.entries(KINDS)
    .filter(([, kind]) => kind === "label")
    .map(([column]) => originOf(input, column as EventColumn))
    .filter((origin) => origin !== null)
    .map((origin) => `coalesce(length(CAST(${origin.sql} AS STRING)), 0) > ${LONGEST_LABEL}`);
  return [
    `${microsOf(input)} AS micros`,
    ...columns,
    `CAST(NULL AS TIMESTAMP) AS ts`,
    `(${tooLong.length === 0 ? "false" : tooLong.join(" OR ")}) AS has_long_label`,
  ].join(`,\n    `);
}

interface Origin {
  readonly sql: string;
  /** As the platform calls it; null where it is a part of a value. */
  readonly type: string | null;
}

/** Where a canonical column comes from; null where the table has nothing for it. */
function originOf({ dialect, columns, mapping }: SourceInput, column: EventColumn): Origin | null {
  const constant = mapping.set[column];
  if (constant !== undefined) return { sql: dialect.literal(constant), type: "STRING" };
  const source = mapping.map[column] ?? column;
  if (source === "") return null;
  const known = columns?.find(({ name }) => name === source.toLowerCase());
  const dot = source.indexOf(".");
  if (known !== undefined || (columns === null && dot < 1))
    return { sql: dialect.identifier([source]), type: known?.type ?? null };
  const outer = source.slice(0, dot);
  if (dot < 1 || (columns !== null && !columns.some(({ name }) => name === outer.toLowerCase()))) return null;
  return { sql: dialect.member(dialect.identifier([outer]), source.slice(dot + 1)), type: null };
}

function readAs(input: SourceInput, column: EventColumn, kind: Kind): string {
  const { dialect, tenantKey } = input;
  const type = TYPES[kind](dialect);
  const origin = originOf(input, column);
  if (origin === null) return `CAST(NULL AS ${type})`;
  const value = kind === "list" ? origin.sql : `CAST(${origin.sql} AS ${type})`;
  if (kind === "text") return `nullif(${value}, '')`;
  if (kind === "label") return `CASE WHEN length(${value}) <= ${LONGEST_LABEL} THEN nullif(${value}, '') END`;
  if (kind !== "tenant") return value;
  const hash = dialect.sha256(`concat(${dialect.literal(tenantKey)}, ${value})`);
  const short = `concat('${TENANT_PREFIX}', substr(${hash}, 1, ${TENANT_CHARACTERS}))`;
  return `CASE WHEN nullif(${value}, '') IS NOT NULL THEN ${short} END`;
}

function microsOf(input: SourceInput): string {
  const { dialect, mapping } = input;
  const origin = originOf(input, "ts")!;
  if (origin.type === null || /TIMESTAMP|DATE/i.test(origin.type)) return dialect.epochMicros(origin.sql);
  if (/STRING|TEXT|CHAR/i.test(origin.type)) return dialect.epochMicros(dialect.instantOf(origin.sql));
  if (mapping.tsUnit === undefined) throw withoutUnit(origin);
  if (mapping.tsUnit === "ns") return dialect.wholeDivision(`CAST(${origin.sql} AS BIGINT)`, "1000");
  return `CAST(${origin.sql} * ${MICROS_PER[mapping.tsUnit]} AS BIGINT)`;
}

function requireColumns(input: SourceInput): void {
  const named = Object.keys(input.mapping.map) as EventColumn[];
  for (const column of new Set([...REQUIRED, ...named.filter((name) => input.mapping.map[name] !== "")])) {
    if (originOf(input, column) !== null) continue;
    throw new UsageError({
      code: "TOP-ENGINE-COLUMN",
      message: `${input.table} has no column for "${column}".`,
      found: `Looked for ${input.mapping.map[column] ?? column} among: ${(input.columns ?? []).map(({ name }) => name).join(", ")}.`,
      fix: `Name the column: --map ${column}=<column of the table>, or a constant: --set ${column}=<value>`,
    });
  }
}

function withoutUnit({ sql, type }: Origin): UsageError {
  return new UsageError({
    code: "TOP-ENGINE-TIME",
    message: "The time of a call is a number without a unit.",
    found: `${sql} is ${type}.`,
    fix: "Say what it counts since 1970: --ts-unit s|ms|us|ns",
  });
}
