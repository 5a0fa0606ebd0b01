import { rename } from "node:fs/promises";
import type { Engine, EngineValue } from "../../engine/contract.js";
import { literal } from "../staging/sql/sql-text.js";
import { STATEMENT_COLUMNS, STATEMENT_NAMES, type Statement, statementFault } from "./statement.js";

const STATEMENTS = "ingest_statements";
const TABLE = STATEMENT_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(", ");

/** Lines that are replaced together: a bill read again says anew what one period of one account costs. */
const PERIOD = ["source", "provider", "account", "currency", "basis", "period_start", "period_end"];

/** Lines of bills on their way to statements.parquet. */
export class StatementStore {
  count = 0;
  private readonly engine: Engine;
  private readonly faults = new Map<string, number>();
  private created = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  async add(statements: readonly Statement[]): Promise<void> {
    const good = statements.filter((statement) => {
      const fault = statementFault(statement);
      if (fault === null) return true;
      const key = `${statement.source}: ${fault}`;
      this.faults.set(key, (this.faults.get(key) ?? 0) + 1);
      return false;
    });
    if (good.length === 0) return;
    if (!this.created) await this.engine.run(`CREATE OR REPLACE TABLE ${STATEMENTS} (${TABLE})`);
    this.created = true;
    await this.engine.append(STATEMENTS, STATEMENT_NAMES, good.map(rowOf));
    this.count += good.length;
  }

  /** Begin of the newest period of each source. */
  async newest(): Promise<ReadonlyMap<string, string>> {
    if (!this.created) return new Map();
    const rows = await this.engine.rows<{ source: string; newest: string }>(
      `SELECT source, max(period_start) AS newest FROM ${STATEMENTS} GROUP BY source ORDER BY source`,
    );
    return new Map(rows.map(({ source, newest }) => [source, newest]));
  }

  /** Lines that no one can reckon with, by what is wrong with them; never a value of theirs. */
  warnings(): string[] {
    return [...this.faults].map(
      ([fault, lines]) => `${lines} ${lines === 1 ? "line" : "lines"} of bills left out; ${fault}.`,
    );
  }

  /**
   * Writes what was added, in an order of its own: equal lines give equal bytes whatever order they came in. With
   * `former`, lines of that file stay, but for the periods that were read again.
   */
  async write(path: string, former: string | null): Promise<void> {
    if (!this.created) await this.engine.run(`CREATE OR REPLACE TABLE ${STATEMENTS} (${TABLE})`);
    this.created = true;
    const same = PERIOD.map((name) => `kept.${name} IS NOT DISTINCT FROM read.${name}`).join(" AND ");
    const kept =
      former === null
        ? ""
        : `UNION ALL BY NAME SELECT * FROM read_parquet(${literal(former)}) AS kept
          ANTI JOIN (SELECT DISTINCT ${PERIOD.join(", ")} FROM ${STATEMENTS}) AS read ON ${same}`;
    const temporary = `${path}.tmp`;
    await this.engine.run(
      `COPY (SELECT ${STATEMENT_NAMES.join(", ")} FROM (SELECT * FROM ${STATEMENTS} ${kept}) ORDER BY ALL)
        TO ${literal(temporary)} (FORMAT parquet)`,
      { stage: "writing bills" },
    );
    await rename(temporary, path);
  }

  async remove(): Promise<void> {
    if (this.created) await this.engine.run(`DROP TABLE ${STATEMENTS}`);
    this.created = false;
  }
}

function rowOf(statement: Statement): EngineValue[] {
  const { source, provider, account, tenant, model, lineItem, periodStart, periodEnd, requests } = statement;
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens } = statement;
  const { amount, currency, basis } = statement;
  return [
    ...[source, provider, account, tenant, model, lineItem, periodStart, periodEnd, requests],
    ...[inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, amount, currency, basis],
  ];
}
