import { setTimeout as pause } from "node:timers/promises";
import type { Context } from "../../shared/context.js";
import { type HttpSource, send, sendForAnswer, sendJson } from "../../shared/http.js";
import type { Net } from "../../shared/net.js";
import { type Query, type RowChunk, STATEMENT_TIMEOUT_MS, type Statements } from "../contract.js";
import { statementFailed, tookTooLong, untilInterrupted, unusableResult } from "../failures.js";
import { positionalParameters, requireReadOnly } from "../sql-text.js";
import { rowsFrom } from "../values.js";
import { type ResultSet, readFailure, readHandle, readPartition, readResultSet } from "./answers.js";
import { snowflakeAuthorization } from "./authorization.js";
import { cellReader } from "./cells.js";
import type { SnowflakeConnection } from "./connection.js";

const PLATFORM = "Snowflake";
const LOGIN_GRANT = "a valid login, and USAGE on the warehouse and the role it names";
const FIRST_POLL_MS = 500;
const LONGEST_POLL_MS = 5_000;
const TIMED_OUT = 408;
const FAILED = 422;
const UNDER_WAY = 202;

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

type ClientContext = Pick<Context, "now" | "signal" | "version">;

/** Statements in a Snowflake account, over its SQL REST API. Sessions run in UTC and are tagged `tokenop`. */
export function snowflakeStatements(
  connection: SnowflakeConnection,
  net: Net,
  context: ClientContext,
): Statements {
  return new SnowflakeStatements(connection, { name: PLATFORM, net, grant: LOGIN_GRANT }, context);
}

class SnowflakeStatements implements Statements {
  readonly platform = "snowflake";
  private readonly connection: SnowflakeConnection;
  private readonly source: HttpSource;
  private readonly context: ClientContext;
  private readonly authorize: () => Readonly<Record<string, string>>;

  constructor(connection: SnowflakeConnection, source: HttpSource, context: ClientContext) {
    this.connection = connection;
    this.source = source;
    this.context = context;
    this.authorize = snowflakeAuthorization(connection, context.now);
  }

  stream(query: Query): AsyncIterable<RowChunk> {
    return untilInterrupted(this.read(query), this.context.signal);
  }

  private async *read(query: Query): AsyncIterable<RowChunk> {
    requireReadOnly(query.sql);
    yield* this.partitionsOf(await this.run(query));
  }

  /** Waits for the statement's end; on the way out it is cancelled where it still runs. */
  private async run(query: Query): Promise<ResultSet> {
    const deadline = this.context.now().getTime() + STATEMENT_TIMEOUT_MS;
    let answer = await this.ask("", this.requestOf(query));
    let handle: string | null = null;
    try {
      for (let wait = FIRST_POLL_MS; answer.status === UNDER_WAY; ) {
        handle = readHandle(answer.json);
        if (this.context.now().getTime() > deadline)
          throw tookTooLong(PLATFORM, STATEMENT_TIMEOUT_MS / 60_000);
        await pause(wait, undefined, { signal: this.context.signal });
        wait = Math.min(wait * 2, LONGEST_POLL_MS);
        answer = await this.ask(`/${handle}`);
      }
      handle = null;
      return endOf(answer, query);
    } finally {
      if (handle !== null) await this.cancel(handle);
    }
  }

  private requestOf({ sql, parameters = {} }: Query): object {
    const { warehouse, role, database, schema } = this.connection;
    const { sql: statement, order } = positionalParameters(sql, Object.keys(parameters));
    const bindings = order.map((name, at) => [`${at + 1}`, bindingOf(parameters[name] ?? null)]);
    return {
      statement,
      timeout: STATEMENT_TIMEOUT_MS / 1000,
      ...(warehouse !== undefined && { warehouse }),
      ...(role !== undefined && { role }),
      ...(database !== undefined && { database }),
      ...(schema !== undefined && { schema }),
      ...(bindings.length > 0 && { bindings: Object.fromEntries(bindings) }),
      parameters: { TIMEZONE: "UTC", QUERY_TAG: "tokenop" },
    };
  }

  private async *partitionsOf(result: ResultSet): AsyncIterable<RowChunk> {
    const { rowType, numRows, partitionInfo } = result.resultSetMetaData;
    const columns = rowType.map(({ name, type }) => ({ name: name.toLowerCase(), type: type.toUpperCase() }));
    const names = columns.map(({ name }) => name);
    const readers = rowType.map(cellReader);
    let counted = result.data.length;
    yield { columns, rows: rowsFrom(names, readers, result.data) };
    for (let at = 1; at < (partitionInfo?.length ?? 1); at += 1) {
      const url = this.urlOf(`/${result.statementHandle}?partition=${at}`);
      const data = readPartition(await sendJson(this.source, { url, headers: this.headers() }, this.context));
      counted += data.length;
      yield { columns, rows: rowsFrom(names, readers, data) };
    }
    const expected = numRows ?? counted;
    if (counted !== expected) throw unusableResult(PLATFORM, `${counted} rows came of ${expected}.`);
  }

  private async ask(path: string, json?: object): Promise<Answer> {
    const request = { url: this.urlOf(path), headers: this.headers(), passing: [TIMED_OUT, FAILED] };
    return sendForAnswer(this.source, json === undefined ? request : { ...request, json }, this.context);
  }

  private async cancel(handle: string): Promise<void> {
    const request = {
      url: this.urlOf(`/${handle}/cancel`),
      method: "POST",
      headers: this.headers(),
    } as const;
    const alone = { signal: AbortSignal.timeout(10_000) };
    await send(this.source, request, alone).catch(() => undefined);
  }

  /** Snowflake refuses a request without a user agent. */
  private headers(): Record<string, string> {
    return { ...this.authorize(), "user-agent": `tokenop/${this.context.version}` };
  }

  private urlOf(path: string): string {
    return `${this.connection.baseUrl}/api/v2/statements${path}`;
  }
}

function endOf({ status, json }: Answer, { grant }: Query): ResultSet {
  if (status === TIMED_OUT) throw tookTooLong(PLATFORM, STATEMENT_TIMEOUT_MS / 60_000);
  if (status !== FAILED) return readResultSet(json);
  const { code, sqlState, message } = readFailure(json);
  const failure = {
    platform: PLATFORM,
    code: code ?? "",
    sqlState: sqlState ?? null,
    message: message ?? "",
  };
  throw statementFailed(failure, grant);
}

function bindingOf(value: string | number | boolean | null): object {
  if (typeof value === "number")
    return { type: Number.isInteger(value) ? "FIXED" : "REAL", value: `${value}` };
  if (typeof value === "boolean") return { type: "BOOLEAN", value: `${value}` };
  return { type: "TEXT", value };
}
