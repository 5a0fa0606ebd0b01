import type { Dialect } from "../../engine/contract.js";
import { LN_BUCKET_GAMMA, ZERO_BUCKET } from "../../stats/index.js";
import { OUTPUT_CAPS, WINDOW_TURNS } from "../contract.js";
import { type Fragment, type Fragments, loadQuery } from "./load-query.js";

/** The questions that read events, each one SELECT in `passes/`: the same definition for every engine. */
export const CUBE_PASSES = ["keys", "hours", "sketches", "minutes", "arrivals"] as const;
export type CubePass = (typeof CUBE_PASSES)[number];
export type Pass =
  | CubePass
  | "output-classes"
  | "conversation-turns"
  | "conversation-trims"
  | "conversation-windows";

/** What tells the cells of the cube apart, beside the hour. */
export const CUBE_KEYS = [
  "tenant",
  "cluster",
  "provider",
  "model",
  "endpoint",
  "region",
  "status",
  "batch",
  "service_tier",
  "context_class",
  "billed",
  "grain",
] as const;

/** What a row of a side table speaks of. */
export const CELL_KEYS = ["cluster", "provider", "model", "context_class", "batch"] as const;

/** What an arrival curve speaks of. */
export const SCOPE_KEYS = ["cluster", "provider", "model"] as const;

const IN_ORDER = "PARTITION BY conversation ORDER BY turn NULLS LAST, micros, row_number";

/** Fragments that every pass may name, alike on every engine. */
const COMMON: Fragments = {
  keys_named: { identifiers: CUBE_KEYS },
  ln_gamma: { double: LN_BUCKET_GAMMA },
  zero: { integer: ZERO_BUCKET },
  cap_class: { classOf: "output_tokens", thresholds: OUTPUT_CAPS },
  in_order: { sql: IN_ORDER },
  window_turns: { column: "keep_turns", integers: WINDOW_TURNS },
};

/** The facts of every event; `assignedFirst`: clusters given to prompts win over declared intents. */
export function factsPass(
  dialect: Dialect,
  thresholds: readonly number[],
  assignedFirst: boolean,
): { readonly sql: string } {
  return {
    sql: loadQuery("passes/facts", dialect, {
      assigned_first: { integer: assignedFirst ? 1 : 0 },
      context_class: { classOf: "context_tokens", thresholds },
    }),
  };
}

/** A pass that groups by the numbers of keys: for the engine that has numbered them. */
export function numberedPass(
  dialect: Dialect,
  name: Pass,
  { slices, slice }: { readonly slices: number; readonly slice: number } = { slices: 1, slice: 0 },
): { readonly sql: string } {
  // By number, since a sort by name takes longer.
  const conversation = "hash(tenant, conversation_id)";
  return passOf(dialect, name, {
    keys: name === "keys" ? COMMON.keys_named! : { identifiers: ["key_id"] },
    scope: { identifiers: ["prefix_scope"] },
    cell: { identifiers: ["cell_id"] },
    cell_of_t: { identifiers: ["t.cell_id"] },
    conversation: { sql: conversation },
    in_slice: { sql: slices === 1 ? "true" : `${conversation} % ${slices} = ${slice}` },
  });
}

/** A pass that groups by the keys themselves: for an engine that keeps no table of ours. */
export function namedPass(dialect: Dialect, name: Pass): { readonly sql: string } {
  return passOf(dialect, name, {
    keys: { identifiers: CUBE_KEYS },
    scope: { identifiers: SCOPE_KEYS },
    cell: { identifiers: CELL_KEYS },
    cell_of_t: { identifiers: CELL_KEYS.map((key) => `t.${key}`) },
    conversation: { sql: "concat(tenant, ' ', conversation_id)" },
    in_slice: { sql: "true" },
  });
}

const passOf = (dialect: Dialect, name: Pass, grouping: Readonly<Record<string, Fragment>>) => ({
  sql: loadQuery(`passes/${name}`, dialect, { ...COMMON, ...grouping }),
});
