import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "../../shared/context.js";
import { type HttpSource, send, sendJson } from "../../shared/http.js";
import type { Net } from "../../shared/net.js";
import { type Query, type RowChunk, STATEMENT_TIMEOUT_MS, type Statements } from "../contract.js";
import { statementFailed, tookTooLong, untilInterrupted, unusableResult } from "../failures.js";
import { requireReadOnly } from "../sql-text.js";
import { rowsFrom } from "../values.js";
import {
  type Chunk,
  type Link,
  readCells,
  readChunk,
  readStatement,
  type StatementAnswer,
} from "./answers.js";
import { databricksAuthorization } from "./authorization.js";
import { cellReader } from "./cells.js";
import type { DatabricksConnection } from "./connection.js";

const PLATFORM = "Databricks";
const WAREHOUSE_GRANT = "a valid login, CAN USE on the SQL warehouse, and for OAuth workspace access";
// The server waits this long itself before a statement has to be asked for again.
const WAIT = "30s";
const FIRST_POLL_MS = 500;
const LONGEST_POLL_MS = 5_000;
const LINK_ATTEMPTS = 3;
/** What storage answers to a presigned link that has expired: S3 and GCS 400 or 403, Azure 403, some 401 or 410. */
const EXPIRED = [400, 401, 403, 404, 410];

type ClientContext = Pick<Context, "now" | "signal">;

/** Statements on a Databricks SQL warehouse, or on anything that speaks its SQL Statement Execution API. */
export function databricksStatements(
  connection: DatabricksConnection,
  net: Net,
  context: ClientContext,
): Statements {
  const { platform = PLATFORM, grant = WAREHOUSE_GRANT } = connection;
  return new DatabricksStatements(connection, { name: platform, net, grant }, context);
}

class DatabricksStatements implements Statements {
  readonly platform = "databricks";
  private readonly connection: DatabricksConnection;
  private readonly source: HttpSource;
  private readonly context: ClientContext;
  private readonly authorize: () => Promise<Readonly<Record<string, string>>>;

  constructor(connection: DatabricksConnection, source: HttpSource, context: ClientContext) {
    this.connection = connection;
    this.source = source;
    this.context = context;
    this.authorize = databricksAuthorization(connection, source, context);
  }

  stream(query: Query): AsyncIterable<RowChunk> {
    return untilInterrupted(this.read(query), this.context.signal);
  }

  private async *read(query: Query): AsyncIterable<RowChunk> {
    requireReadOnly(query.sql);
    let id: string | null = null;
    let finished = false;
    try {
      let answer = readStatement(await this.ask("", this.requestOf(query)));
      id = answer.statement_id;
      answer = await this.awaitEnd(answer);
      finished = true;
      yield* this.chunksOf(requireSuccess(answer, query, this.source.name));
    } finally {
      if (id !== null && !finished) await this.cancel(id);
    }
  }

  private requestOf({ sql, parameters = {} }: Query): object {
    const { warehouseId, catalog, schema, resultHosts } = this.connection;
    return {
      statement: sql,
      warehouse_id: warehouseId,
      ...(catalog !== undefined && { catalog }),
      ...(schema !== undefined && { schema }),
      format: "JSON_ARRAY",
      disposition: resultHosts.length > 0 ? "EXTERNAL_LINKS" : "INLINE",
      wait_timeout: WAIT,
      on_wait_timeout: "CONTINUE",
      parameters: Object.entries(parameters).map(([name, value]) => parameterOf(name, value)),
    };
  }

  private async awaitEnd(first: StatementAnswer): Promise<StatementAnswer> {
    const deadline = this.context.now().getTime() + STATEMENT_TIMEOUT_MS;
    let answer = first;
    for (let wait = FIRST_POLL_MS; isOpen(answer); wait = Math.min(wait * 2, LONGEST_POLL_MS)) {
      if (this.context.now().getTime() > deadline)
        throw tookTooLong(this.source.name, STATEMENT_TIMEOUT_MS / 60_000);
      await pause(wait, undefined, { signal: this.context.signal });
      answer = readStatement(await this.ask(`/${answer.statement_id}`));
    }
    return answer;
  }

  private async *chunksOf(answer: StatementAnswer): AsyncIterable<RowChunk> {
    const described = answer.manifest?.schema?.columns ?? [];
    const columns = described.map(({ name, type_name }) => ({ name: name.toLowerCase(), type: type_name }));
    const names = columns.map(({ name }) => name);
    const readers = columns.map(({ type }) => cellReader(type));
    let counted = 0;
    let chunk: Chunk | null = answer.result ?? null;
    while (chunk !== null) {
      const { cells, next } = await this.cellsOf(answer.statement_id, chunk);
      counted += cells.length;
      yield { columns, rows: rowsFrom(names, readers, cells) };
      chunk = next === null ? null : await this.chunkAt(answer.statement_id, next);
    }
    const expected = answer.manifest?.total_row_count ?? counted;
    if (counted !== expected) throw unusableResult(this.source.name, `${counted} rows came of ${expected}.`);
    if (answer.result == null) yield { columns, rows: [] };
  }

  private async cellsOf(id: string, chunk: Chunk): Promise<{ cells: unknown[][]; next: number | null }> {
    const [link] = chunk.external_links ?? [];
    if (link === undefined) return { cells: chunk.data_array ?? [], next: chunk.next_chunk_index ?? null };
    return { cells: await this.follow(id, link), next: link.next_chunk_index ?? null };
  }

  /** Presigned links carry their own permission: the login is never sent to storage. An expired one is asked for anew. */
  private async follow(id: string, first: Link): Promise<unknown[][]> {
    let link = first;
    for (let attempt = 1; attempt <= LINK_ATTEMPTS; attempt += 1) {
      const expires = Date.parse(link.expiration ?? "");
      if (!(expires <= this.context.now().getTime())) {
        const response = await send(
          { ...this.source, name: `the result storage of ${this.source.name}` },
          { url: link.external_link, passing: EXPIRED },
          this.context,
        );
        if (response.ok) return readCells(await response.json());
        await response.body?.cancel();
      }
      const renewed = (await this.chunkAt(id, first.chunk_index)).external_links?.[0];
      if (renewed === undefined) break;
      link = renewed;
    }
    throw unusableResult(
      this.source.name,
      `The link to chunk ${first.chunk_index} had expired ${LINK_ATTEMPTS} times.`,
    );
  }

  private async chunkAt(id: string, index: number): Promise<Chunk> {
    return readChunk(await this.ask(`/${id}/result/chunks/${index}`));
  }

  /** The statement may have ended meanwhile, and the caller has an error of its own to tell. */
  private async cancel(id: string): Promise<void> {
    const alone = { ...this.context, signal: AbortSignal.timeout(10_000) };
    const headers = await this.authorize().catch(() => null);
    if (headers === null) return;
    const request = { url: this.urlOf(`/${id}/cancel`), method: "POST", headers } as const;
    await send(this.source, request, alone).catch(() => undefined);
  }

  private async ask(path: string, json?: object): Promise<unknown> {
    const request = { url: this.urlOf(path), headers: await this.authorize() };
    return sendJson(this.source, json === undefined ? request : { ...request, json }, this.context);
  }

  private urlOf(path: string): string {
    return `${this.connection.baseUrl}/api/2.0/sql/statements${path}`;
  }
}

const isOpen = ({ status }: StatementAnswer): boolean =>
  status.state === "PENDING" || status.state === "RUNNING";

function requireSuccess(answer: StatementAnswer, { grant }: Query, platform: string): StatementAnswer {
  const { status, manifest } = answer;
  if (status.state === "SUCCEEDED") {
    if (manifest?.truncated !== true) return answer;
    throw unusableResult(platform, "The result was cut off at its size limit.", LARGE);
  }
  const message = status.error?.message ?? "";
  if (/inline.*(byte|size|limit)|(byte|size).*inline|25 ?MiB/i.test(message))
    throw unusableResult(platform, "The result is larger than an inline result may be (25 MiB).", LARGE);
  const sqlState = status.sql_state ?? /SQLSTATE: (\w{5})/.exec(message)?.[1] ?? null;
  const code = status.error?.error_code ?? status.state;
  throw statementFailed({ platform, code, sqlState, message }, grant);
}

const LARGE =
  "Allow the workspace's storage host by name, and results come from there: export DATABRICKS_RESULT_HOSTS=<host>";

function parameterOf(name: string, value: string | number | boolean | null): object {
  if (value === null) return { name, type: "STRING" };
  if (typeof value === "string") return { name, value, type: "STRING" };
  if (typeof value === "boolean") return { name, value: `${value}`, type: "BOOLEAN" };
  return { name, value: `${value}`, type: Number.isInteger(value) ? "BIGINT" : "DOUBLE" };
}
