import type { Engine, RemoteEngine, RemoteEngineId } from "../../engine/contract.js";
import { type ColumnMapping, EVENT_COLUMNS } from "../../events/contract.js";
import type { PriceBook } from "../../pricing/index.js";
import type { Workspace } from "../../shared/workspace.js";
import { numberKeys, writeTables } from "../cube/write-cube.js";
import { type Coverage, readCoverage } from "../measure/coverage.js";
import { queryRows, runQuery } from "../queries/load-query.js";
import { CUBE_PASSES, factsPass } from "../queries/passes.js";
import { writeProfileReuse } from "../reuse/write-reuse.js";
import { writeSideTables } from "../side-tables/write-side-tables.js";
import { land, landedPass } from "./land.js";
import { accountQuestion, passQuestion, type Question, type QuestionInput } from "./questions.js";

export interface RemoteSource {
  readonly engine: RemoteEngine;
  /** As the user wrote it: `catalog.schema.calls`. */
  readonly table: string;
  /** In the platform's quotes. */
  readonly tableSql: string;
  readonly mapping: ColumnMapping;
  readonly tenantKey: string;
}

/** A side table that was not computed, by name, and why: no figure of it is shown or planned with. */
export interface NotComputed {
  readonly table: string;
  readonly reason: string;
}

export interface RemoteAccount {
  readonly readRows: number;
  readonly usableRows: number;
  readonly rowsWithId: number;
  readonly distinctIds: number;
  readonly longLabels: number;
}

export interface RemoteProfile {
  readonly engine: RemoteEngineId;
  readonly table: string;
  readonly account: RemoteAccount;
  /** Counts of what the tables here hold: 0 for a replay that was not made, which means "not known". */
  readonly coverage: Coverage;
  readonly notComputed: readonly NotComputed[];
}

/**
 * The cube and its side tables from a table elsewhere. Every question is one SELECT that sums up; rows of the table
 * never come here. Leaves what `writeCube` leaves; null where no row can be used.
 */
export async function profileRemote(
  engine: Engine,
  workspace: Workspace,
  prices: PriceBook,
  source: RemoteSource,
  hasPrompts: boolean,
): Promise<RemoteProfile | null> {
  const remote = source.engine;
  const input = questionInput(source, prices, await remote.columns(source.table));
  await land(engine, remote, accountQuestion(input));
  const [account] = await queryRows<Record<string, number>>(engine, "landed-account");
  const { usableRows } = account as unknown as RemoteAccount;
  if (usableRows === 0) return null;
  for (const name of CUBE_PASSES) await land(engine, remote, passQuestion(input, name));
  await numberKeys(engine, prices, landedPass(engine, "keys"));
  await withoutEvents(engine);
  await writeTables(engine, workspace, (name) => landedPass(engine, name));
  const seen = (await readCoverage(engine))!;
  const { coverage, notComputed } = computable(seen, account as unknown as RemoteAccount, hasPrompts);
  await land(engine, remote, passQuestion(input, "output-classes"));
  if (coverage.withConversation > 0) await land(engine, remote, passQuestion(input, "conversation-windows"));
  await writeProfileReuse(engine, workspace, coverage);
  await writeSideTables(engine, workspace, coverage, { passOf: (name) => landedPass(engine, name) });
  return {
    engine: remote.id,
    table: source.table,
    account: account as unknown as RemoteAccount,
    coverage,
    notComputed,
  };
}

/** What reads events here finds none: the views that `writeCube` leaves, over nothing. */
async function withoutEvents(engine: Engine): Promise<void> {
  const columns = EVENT_COLUMNS.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`);
  await runQuery(engine, "no-events", { fragments: { columns: { sql: columns.join(", ") } } });
  await runQuery(engine, "event-facts", { fragments: { facts: factsPass(engine.dialect, [], false) } });
  await runQuery(engine, "keyed-events");
}

/** Every question that `profileRemote` would ask, in its order; asks none. */
export function explainRemote(source: RemoteSource, prices: PriceBook): Question[] {
  const input = questionInput(source, prices, null);
  return [
    accountQuestion(input),
    ...CUBE_PASSES.map((name) => passQuestion(input, name)),
    passQuestion(input, "output-classes"),
    passQuestion(input, "conversation-windows"),
  ];
}

function questionInput(
  { engine, table, tableSql, mapping, tenantKey }: RemoteSource,
  prices: PriceBook,
  columns: QuestionInput["columns"],
): QuestionInput {
  const { dialect } = engine;
  return { dialect, table, tableSql, columns, mapping, tenantKey, thresholds: prices.thresholds };
}

const ROW_BY_ROW = "it is replayed request by request, which only the embedded engine does";

/** What can be computed where the table is; the rest is named, and its coverage taken back to "not known". */
function computable(
  seen: Coverage,
  account: RemoteAccount,
  hasPrompts: boolean,
): Pick<RemoteProfile, "coverage" | "notComputed"> {
  const notComputed: NotComputed[] = [];
  const leave = (table: string, reason: string): 0 => {
    notComputed.push({ table, reason });
    return 0;
  };
  const unordered = account.distinctIds < account.usableRows;
  const coverage: Coverage = {
    ...seen,
    withPromptHash: seen.withPromptHash > 0 ? leave("exact reuse", ROW_BY_ROW) : 0,
    withPrefixHashes: seen.withPrefixHashes > 0 ? leave("prefix reuse", ROW_BY_ROW) : 0,
    withoutBlockSize: 0,
    withRetryOf: seen.withRetryOf > 0 ? leave("retries", ROW_BY_ROW) : 0,
    withConversation:
      seen.withConversation > 0 && unordered
        ? leave("conversation windows", "rows have no id of their own that would put them in an order")
        : seen.withConversation,
  };
  if (hasPrompts) leave("semantic reuse", "prompts on file are never joined with a table elsewhere");
  return { coverage, notComputed };
}
