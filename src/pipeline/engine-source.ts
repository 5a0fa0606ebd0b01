import { chmod, readFile, writeFile } from "node:fs/promises";
import { REMOTE_ENGINES, type RemoteEngineId } from "../engine/contract.js";
import { openRemote } from "../engine/open-remote.js";
import { columnsQuery, tableName } from "../engine/remote-engine.js";
import { parseMapping } from "../events/index.js";
import { explainRemote, type RemoteSource } from "../profile/index.js";
import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import { CONTENT_MODE, type Workspace, workspaceAt } from "../shared/workspace.js";
import { openPrices, type StageOptions } from "./open.js";

export interface RemoteOptions {
  /** Where the cube is computed; default `duckdb`, in the process. */
  readonly engine?: string;
  /** Table or view of calls in another engine. */
  readonly table?: string;
  readonly map?: string;
  readonly set?: string;
  readonly tsUnit?: "s" | "ms" | "us" | "ns";
  /** Makes the key under which tenants are hashed, hexadecimal; asked once a workspace. */
  readonly newKey?: () => string;
}

/** The table elsewhere that a profile is made from; null for events on disk. */
export async function openSource(
  options: RemoteOptions,
  workspace: Workspace,
  context: Context,
): Promise<RemoteSource | null> {
  const id = remoteIdOf(options);
  return id === null ? null : sourceOf(id, options, await keepKey(workspace, options), context);
}

/** What `profile` with the same options would ask, of whom, and what it needs; asks nothing. */
export async function explainProfile(
  options: StageOptions & RemoteOptions,
  context: Context,
): Promise<string[]> {
  const id = remoteIdOf(options);
  if (id === null) return ["duckdb: reads the events of the workspace in this process; no host is reached."];
  const source = sourceOf(id, options, "<key of the workspace>", withoutSecrets(context));
  const { engine, table } = source;
  const prices = await openPrices(options, workspaceAt(options.dir));
  const questions = explainRemote(source, prices);
  return [
    `engine: ${engine.name}`,
    `hosts: ${engine.hosts.join(", ")}`,
    `grants: ${engine.grantFor(table)}`,
    "comes back: sums and counts by hour and key; tenants as keyed hashes; no row, id, prompt or prompt hash",
    "columns that the table lacks are read as NULL; here every column of an event is written out",
    "",
    "-- columns: names and types, no row",
    `${columnsQuery(engine.dialect, table)};`,
    ...questions.flatMap(({ name, purpose, sql }) => ["", `-- ${name}: ${purpose}`, `${sql};`]),
  ];
}

/** Nothing is asked, so whoever reviews the queries needs no key: what opens an engine is made up where it is not set. */
function withoutSecrets(context: Context): Context {
  const madeUp = {
    DATABRICKS_TOKEN: "-",
    SNOWFLAKE_PAT: "-",
    TOKENOP_SPARK_TOKEN: "-",
    DATABRICKS_WAREHOUSE_ID: "-",
  };
  return { ...context, env: { ...madeUp, ...context.env } };
}

function sourceOf(
  id: RemoteEngineId,
  options: RemoteOptions,
  tenantKey: string,
  context: Context,
): RemoteSource {
  const table = options.table ?? "";
  if (table === "") throw withoutTable(id);
  const engine = openRemote(id, context);
  const mapping = parseMapping(options.map, options.set, options.tsUnit);
  return { engine, table, tableSql: tableName(engine.dialect, table), mapping, tenantKey };
}

function remoteIdOf({ engine }: RemoteOptions): RemoteEngineId | null {
  return REMOTE_ENGINES.find((id) => id === engine) ?? null;
}

/** One key a workspace, so that profiles of one workspace name a tenant alike; it never leaves but inside a query. */
async function keepKey({ tenantKey: path }: Workspace, { newKey }: RemoteOptions): Promise<string> {
  const kept = await readFile(path, "utf8").catch(() => "");
  if (kept.trim() !== "") return kept.trim();
  const key = newKey?.() ?? "";
  if (!/^[0-9a-f]{32,}$/.test(key))
    throw new RangeError("a key of tenants is hexadecimal, 32 digits or more");
  await writeFile(path, `${key}\n`, { mode: CONTENT_MODE });
  await chmod(path, CONTENT_MODE);
  return key;
}

function withoutTable(id: RemoteEngineId): UsageError {
  return new UsageError({
    code: "TOP-ENGINE-TABLE",
    message: `--engine ${id} needs the table or view that holds the calls.`,
    found: "--table is not given.",
    fix: `Name it: tokenop profile --engine ${id} --table catalog.schema.calls`,
  });
}
