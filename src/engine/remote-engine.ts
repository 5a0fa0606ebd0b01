import type { Context } from "../shared/context.js";
import type { Logger } from "../shared/log.js";
import type { Statements, WarehouseRow } from "../warehouse/index.js";
import type {
  Dialect,
  EngineRow,
  RemoteColumn,
  RemoteEngine,
  RemoteEngineId,
  RunOptions,
} from "./contract.js";

export interface RemoteEngineParts {
  readonly id: RemoteEngineId;
  readonly name: string;
  readonly dialect: Dialect;
  readonly hosts: readonly string[];
  readonly statements: Statements;
  readonly grantFor: (table: string) => string;
}

/** An engine over a statement client. `table` in a grant is a name as the user wrote it. */
export function remoteEngine(
  { statements, ...parts }: RemoteEngineParts,
  { log }: Pick<Context, "log">,
): RemoteEngine {
  return {
    ...parts,
    async columns(table: string): Promise<RemoteColumn[]> {
      const query = { sql: columnsQuery(parts.dialect, table), grant: parts.grantFor(table) };
      for await (const { columns } of statements.stream(query)) return [...columns];
      return [];
    },
    async *stream<T extends EngineRow>(sql: string, options: Pick<RunOptions, "stage"> = {}) {
      if (options.stage !== undefined) log.progress(options.stage, null);
      // Both rooms keep the same value rules; only the platform's own DECIMAL sums of whole numbers differ, see callers.
      for await (const { rows } of statements.stream({ sql })) yield rows as readonly WarehouseRow[] as T[];
    },
  };
}

/** Talks of each kind of request once: a statement's number and its chunks say nothing to a reader. */
export function logOfStatements(log: Logger): Logger {
  const said = new Set<string>();
  return {
    ...log,
    info: (message) => {
      const kind = message.replace(/(\/statements)\/\S+/, "$1/...").replace(/(\/results)\/\S+/, "$1/...");
      if (!said.has(kind)) log.info(kind);
      said.add(kind);
    },
  };
}

/** Gives the columns of a table and no row. */
export const columnsQuery = (dialect: Dialect, table: string): string =>
  `SELECT * FROM ${tableName(dialect, table)} WHERE 1 = 0`;

/** `catalog.schema.table` in the platform's quotes; a part with a dot in it stands in quotes of the user's own. */
export function tableName(dialect: Dialect, table: string): string {
  const parts = table.match(/"(?:[^"]|"")+"|`(?:[^`]|``)+`|[^.]+/g) ?? [];
  return dialect.identifier(parts.map(unquoted));
}

function unquoted(part: string): string {
  const quote = part[0]!;
  if (part.length < 2 || !['"', "`"].includes(quote) || !part.endsWith(quote)) return part;
  return part.slice(1, -1).replaceAll(quote + quote, quote);
}
