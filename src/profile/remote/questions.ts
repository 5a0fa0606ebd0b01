import { EARLIEST_TS, LATEST_TS } from "../../events/contract.js";
import { loadQuery } from "../queries/load-query.js";
import { CELL_KEYS, CUBE_KEYS, factsPass, namedPass, type Pass, SCOPE_KEYS } from "../queries/passes.js";
import { type SourceInput, sourceColumns } from "./source-columns.js";

/** A column that comes back, with its type in the embedded engine. */
export type LandedColumn = readonly [name: string, type: string];

/** One SELECT for another engine, and where its rows land here. */
export interface Question {
  readonly name: string;
  /** What comes back, for people. */
  readonly purpose: string;
  readonly sql: string;
  readonly columns: readonly LandedColumn[];
}

export interface QuestionInput extends SourceInput {
  /** The table's name in the platform's quotes. */
  readonly tableSql: string;
  readonly thresholds: readonly number[];
}

const KEY_TYPES: Readonly<Record<string, string>> = {
  batch: "BOOLEAN",
  billed: "BOOLEAN",
  context_class: "BIGINT",
};
const typed = (keys: readonly string[]): LandedColumn[] =>
  keys.map((key) => [key, KEY_TYPES[key] ?? "VARCHAR"]);
const counts = (...names: string[]): LandedColumn[] => names.map((name) => [name, "BIGINT"]);

const LANDED: Readonly<Partial<Record<Pass, { purpose: string; columns: readonly LandedColumn[] }>>> = {
  keys: {
    purpose: "every combination of keys, with counts",
    columns: [
      ...typed(CUBE_KEYS),
      ...counts("first_micros", "last_micros", "end_micros", "event_rows", "requests", "without_tokens"),
      ...counts("with_retry_of", "with_conversation", "with_prompt_hash", "with_prefix_hashes"),
      ...counts("without_block_size"),
    ],
  },
  hours: {
    purpose: "sums of requests, tokens and cost by hour and keys",
    columns: [
      ...typed(CUBE_KEYS),
      ...counts("hour_number", "requests", "input_tokens", "cached_input_tokens", "cache_write_tokens"),
      ...counts("cache_write_1h_tokens", "output_tokens", "reasoning_tokens"),
      ["cost_usd", "DECIMAL(38, 12)"],
    ],
  },
  sketches: {
    purpose: "how many requests fall into each size and latency class",
    columns: [...typed(CUBE_KEYS), ["measure", "VARCHAR"], ["bucket", "INTEGER"], ["requests", "BIGINT"]],
  },
  minutes: {
    purpose: "requests and tokens by minute",
    columns: counts("minute_number", "requests", "tokens"),
  },
  arrivals: {
    purpose: "requests by hour and model, and those of its busiest minute",
    columns: [...typed(SCOPE_KEYS), ...counts("hour_number", "requests", "peak_minute_requests")],
  },
  "output-classes": {
    purpose: "answers by class of length",
    columns: [...typed(CELL_KEYS), ...counts("cap_class", "requests", "output_tokens")],
  },
  "conversation-windows": {
    purpose: "what a sliding window over conversations would cut",
    columns: [
      ...typed(CELL_KEYS),
      ...counts("keep_turns", "requests", "cut_tokens", "shifted_tokens", "lost_cached_tokens"),
      ...counts("lost_cache_write_tokens", "lost_cache_write_1h_tokens"),
    ],
  },
};

/** How many rows can be used; asked first. */
export function accountQuestion(input: QuestionInput): Question {
  return {
    name: "account",
    purpose: "how many rows there are, and how many can be used",
    sql: withRelations(input, loadQuery("passes/account", input.dialect)),
    columns: counts("read_rows", "usable_rows", "rows_with_id", "distinct_ids", "long_labels"),
  };
}

/** The question of one pass. */
export function passQuestion(input: QuestionInput, name: keyof typeof LANDED & Pass): Question {
  const { purpose, columns } = LANDED[name]!;
  return { name, purpose, columns, sql: withRelations(input, namedPass(input.dialect, name).sql) };
}

/** Puts the relations before a SELECT that it names, and those that they name in turn. */
function withRelations(input: QuestionInput, select: string): string {
  const named: string[] = [];
  let reach = select;
  for (const [name, sql] of relationsOf(input).reverse()) {
    if (!new RegExp(`\\b${name}\\b`).test(reach)) continue;
    const text = sql();
    named.unshift(`${name} AS (\n${text}\n)`);
    reach = `${text}\n${reach}`;
  }
  return `WITH ${named.join(",\n")}\n${select}`;
}

type Relation = readonly [name: string, sql: () => string];

/** In the order of their dependence: each may name those before it. */
function relationsOf(input: QuestionInput): Relation[] {
  const { dialect, thresholds } = input;
  return [
    ["table_rows", () => tableRows(input)],
    [
      "profile_source",
      () =>
        "SELECT *, id AS row_number, CAST(NULL AS STRING) AS assigned_cluster FROM table_rows WHERE usable",
    ],
    ["profile_events", () => factsPass(dialect, thresholds, false).sql],
    ["profile_requests", () => "SELECT * FROM profile_events WHERE grain = 'request'"],
    ["keyed_events", () => "SELECT * FROM profile_events"],
    ["keyed_requests", () => "SELECT * FROM profile_requests"],
    ["scoped_requests", () => "SELECT * FROM profile_requests"],
    ["celled_requests", () => "SELECT * FROM profile_requests"],
    ["conversation_turns", () => namedPass(dialect, "conversation-turns").sql],
    ["conversation_trims", () => namedPass(dialect, "conversation-trims").sql],
  ];
}

function tableRows(input: QuestionInput): string {
  return loadQuery("passes/table-rows", input.dialect, {
    columns: { sql: sourceColumns(input) },
    table: { sql: input.tableSql },
    earliest_micros: { integer: Date.parse(EARLIEST_TS) * 1000 },
    latest_micros: { integer: Date.parse(LATEST_TS) * 1000 },
  });
}
