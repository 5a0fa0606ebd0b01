import { type JsonAnswer, type JsonRequest, type JsonServer, startJsonServer } from "./json-server.js";

/** Cells as the API has them: text or null. */
export interface DatabricksTable {
  readonly columns: readonly { readonly name: string; readonly type_name: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface DatabricksFailure {
  readonly code: string;
  readonly message: string;
  readonly sqlState?: string;
}

export type Outcome = DatabricksTable | { readonly failure: DatabricksFailure };

export interface AskedStatement {
  readonly statement: string;
  readonly warehouse_id: string;
  readonly disposition: "INLINE" | "EXTERNAL_LINKS";
  readonly parameters: readonly { readonly name: string; readonly value?: string; readonly type: string }[];
}

export interface DatabricksServerOptions {
  readonly answer: (asked: AskedStatement) => Outcome | Promise<Outcome>;
  /** Rows of a chunk; default all. */
  readonly chunkRows?: number;
  /** How often a statement is still running when it is asked for. */
  readonly polls?: number;
  /** How many requests meet a rate limit first. */
  readonly limited?: number;
  /** How many links have expired when they are followed. */
  readonly expiredLinks?: number;
  readonly token?: string;
  readonly oauth?: { readonly clientId: string; readonly clientSecret: string };
  readonly truncated?: boolean;
  /** Other paths of the workspace, such as `/api/2.0/serving-endpoints`; null: 404. */
  readonly elsewhere?: (request: JsonRequest) => JsonAnswer | null;
}

export interface DatabricksServer {
  readonly url: string;
  readonly host: string;
  /** Where presigned links lead: an origin of its own, as in the cloud. */
  readonly storage: JsonServer;
  readonly received: JsonRequest[];
  readonly asked: readonly AskedStatement[];
  readonly cancelled: readonly string[];
  close(): void;
}

const STATEMENTS = "/api/2.0/sql/statements";
export const DATABRICKS_TOKEN = "dapi0123456789abcdef";

interface Held {
  readonly asked: AskedStatement;
  readonly outcome: Outcome;
  pollsLeft: number;
}

/** Speaks the REST shapes of a Databricks workspace: statements, chunks, links, tokens, limits and refusals. */
export async function startDatabricksServer(options: DatabricksServerOptions): Promise<DatabricksServer> {
  const token = options.token ?? DATABRICKS_TOKEN;
  const held = new Map<string, Held>();
  const asked: AskedStatement[] = [];
  const cancelled: string[] = [];
  let limits = options.limited ?? 0;
  let expired = options.expiredLinks ?? 0;

  const storage = await startJsonServer((request) => {
    // Storage refuses a request that carries a login beside its signature.
    if (request.headers.authorization !== undefined) return { status: 400, json: {} };
    const [id, index] = request.path.split("/").slice(-2);
    if (request.query.get("signature") === "expired") return { status: 403, json: {} };
    return { json: rowsOfChunk(held.get(id!)!, Number(index), options) };
  });

  const linkTo = (id: string, index: number, chunks: number): object => {
    const signature = expired > 0 ? "expired" : "fresh";
    expired = Math.max(0, expired - 1);
    return {
      chunk_index: index,
      external_link: `${storage.url}/results/${id}/${index}?signature=${signature}`,
      expiration: "2099-01-01T00:00:00Z",
      ...(index + 1 < chunks && { next_chunk_index: index + 1 }),
    };
  };

  const chunk = (id: string, index: number): object => {
    const statement = held.get(id)!;
    const chunks = chunkCount(statement, options);
    const next = index + 1 < chunks && {
      next_chunk_index: index + 1,
      next_chunk_internal_link: `${STATEMENTS}/${id}/result/chunks/${index + 1}`,
    };
    return statement.asked.disposition === "EXTERNAL_LINKS"
      ? { external_links: [linkTo(id, index, chunks)] }
      : { chunk_index: index, data_array: rowsOfChunk(statement, index, options), ...next };
  };

  const describe = (id: string): object => {
    const statement = held.get(id)!;
    if (statement.pollsLeft > 0) {
      statement.pollsLeft -= 1;
      return { statement_id: id, status: { state: "RUNNING" } };
    }
    if ("failure" in statement.outcome) {
      const { code, message, sqlState } = statement.outcome.failure;
      const status = { state: "FAILED", error: { error_code: code, message }, sql_state: sqlState };
      return { statement_id: id, status };
    }
    const { columns, rows } = statement.outcome;
    return {
      statement_id: id,
      status: { state: "SUCCEEDED" },
      manifest: {
        format: "JSON_ARRAY",
        schema: { column_count: columns.length, columns },
        total_row_count: rows.length,
        total_chunk_count: chunkCount(statement, options),
        truncated: options.truncated ?? false,
      },
      ...(rows.length > 0 && { result: chunk(id, 0) }),
    };
  };

  const server = await startJsonServer(async (request) => {
    if (limits > 0) {
      limits -= 1;
      return { status: 429, headers: { "retry-after": "0" }, json: { error_code: "REQUEST_LIMIT_EXCEEDED" } };
    }
    if (request.path === "/oidc/v1/token") return grantToken(request, options, token);
    if (request.headers.authorization !== `Bearer ${token}`)
      return { status: 403, json: { error_code: "PERMISSION_DENIED", message: "Invalid access token." } };
    if (request.path === STATEMENTS && request.method === "POST") {
      const statement = JSON.parse(request.body) as AskedStatement;
      asked.push(statement);
      const id = `01f0-${asked.length}`;
      held.set(id, {
        asked: statement,
        outcome: await options.answer(statement),
        pollsLeft: options.polls ?? 0,
      });
      return { json: describe(id) };
    }
    const [, id, rest = ""] = /^\/api\/2\.0\/sql\/statements\/([^/]+)(\/.*)?$/.exec(request.path) ?? [];
    if (id === undefined || !held.has(id))
      return options.elsewhere?.(request) ?? { status: 404, json: { error_code: "NOT_FOUND" } };
    if (rest === "/cancel") cancelled.push(id);
    const index = /^\/result\/chunks\/(\d+)$/.exec(rest)?.[1];
    if (index !== undefined) return { json: chunk(id, Number(index)) };
    return { json: rest === "" ? describe(id) : {} };
  });
  return {
    url: server.url,
    host: server.host,
    storage,
    received: server.received,
    asked,
    cancelled,
    close: () => {
      server.close();
      storage.close();
    },
  };
}

function grantToken(request: JsonRequest, { oauth }: DatabricksServerOptions, token: string): JsonAnswer {
  const basic = Buffer.from(`${oauth?.clientId}:${oauth?.clientSecret}`).toString("base64");
  const form = new URLSearchParams(request.body);
  if (oauth === undefined || request.headers.authorization !== `Basic ${basic}`)
    return { status: 401, json: { error: "invalid_client" } };
  if (form.get("grant_type") !== "client_credentials" || form.get("scope") !== "all-apis")
    return { status: 400, json: { error: "invalid_request" } };
  return { json: { access_token: token, token_type: "Bearer", expires_in: 3600 } };
}

const rowsIn = ({ outcome }: Held): DatabricksTable["rows"] => ("rows" in outcome ? outcome.rows : []);

const chunkCount = (statement: Held, { chunkRows }: DatabricksServerOptions): number =>
  Math.max(1, Math.ceil(rowsIn(statement).length / (chunkRows ?? Number.POSITIVE_INFINITY)));

function rowsOfChunk(statement: Held, index: number, { chunkRows }: DatabricksServerOptions): unknown {
  const rows = rowsIn(statement);
  return chunkRows === undefined ? rows : rows.slice(index * chunkRows, (index + 1) * chunkRows);
}
