import { createPublicKey, verify } from "node:crypto";
import { type JsonAnswer, type JsonRequest, startJsonServer } from "./json-server.js";

/** Cells as the API has them: text or null. */
export interface SnowflakeTable {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly scale?: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface SnowflakeFailure {
  readonly code: string;
  readonly sqlState: string;
  readonly message: string;
}

export interface AskedSnowflake {
  readonly statement: string;
  readonly warehouse?: string;
  readonly role?: string;
  readonly bindings?: Readonly<Record<string, { readonly type: string; readonly value: string | null }>>;
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface SnowflakeServerOptions {
  readonly answer: (asked: AskedSnowflake) => SnowflakeTable | { readonly failure: SnowflakeFailure };
  /** Rows of a partition; default all. */
  readonly partitionRows?: number;
  /** How often a statement is under way when it is asked for. */
  readonly polls?: number;
  /** How many requests meet a rate limit first. */
  readonly limited?: number;
  /** A token that is good, with its kind; default a programmatic access token. */
  readonly token?: { readonly kind: string; readonly token: string };
  /** PEM of the public key whose JWTs are good, with the subject that they must name. */
  readonly keyPair?: { readonly publicKey: string; readonly subject: string };
}

export interface SnowflakeServer {
  readonly url: string;
  readonly host: string;
  readonly received: JsonRequest[];
  readonly asked: readonly AskedSnowflake[];
  readonly cancelled: readonly string[];
  close(): void;
}

const STATEMENTS = "/api/v2/statements";
export const SNOWFLAKE_PAT = "pat-0123456789abcdef";

/** Speaks the REST shapes of a Snowflake account: statements, partitions, logins, limits and refusals. */
export async function startSnowflakeServer(options: SnowflakeServerOptions): Promise<SnowflakeServer> {
  const held = new Map<string, { outcome: ReturnType<typeof options.answer>; pollsLeft: number }>();
  const asked: AskedSnowflake[] = [];
  const cancelled: string[] = [];
  let limits = options.limited ?? 0;

  const describe = (handle: string): JsonAnswer => {
    const statement = held.get(handle)!;
    if (statement.pollsLeft > 0) {
      statement.pollsLeft -= 1;
      const json = { code: "333334", statementHandle: handle, statementStatusUrl: `${STATEMENTS}/${handle}` };
      return { status: 202, json };
    }
    if ("failure" in statement.outcome)
      return { status: 422, json: { ...statement.outcome.failure, statementHandle: handle } };
    const { columns, rows } = statement.outcome;
    const size = options.partitionRows ?? Math.max(1, rows.length);
    const counts = Array.from({ length: Math.max(1, Math.ceil(rows.length / size)) }, (_, at) => ({
      rowCount: Math.min(size, rows.length - at * size),
    }));
    return {
      json: {
        code: "090001",
        statementHandle: handle,
        resultSetMetaData: {
          numRows: rows.length,
          format: "jsonv2",
          rowType: columns,
          partitionInfo: counts,
        },
        data: rows.slice(0, size),
      },
    };
  };

  const server = await startJsonServer((request) => {
    if (limits > 0) {
      limits -= 1;
      return {
        status: 429,
        headers: { "retry-after": "0" },
        json: { code: "429", message: "Too many requests" },
      };
    }
    // As the real one: nothing is served to a client without a name.
    if (request.headers["user-agent"] === undefined) return { status: 400, json: { code: "391903" } };
    if (!isAuthorized(request, options))
      return { status: 401, json: { code: "390144", message: "JWT token is invalid." } };
    if (request.path === STATEMENTS && request.method === "POST") {
      const statement = JSON.parse(request.body) as AskedSnowflake;
      asked.push(statement);
      const handle = `01b9-${asked.length}`;
      held.set(handle, { outcome: options.answer(statement), pollsLeft: options.polls ?? 0 });
      return describe(handle);
    }
    const [, handle, rest = ""] = /^\/api\/v2\/statements\/([^/]+)(\/cancel)?$/.exec(request.path) ?? [];
    const statement = handle === undefined ? undefined : held.get(handle);
    if (handle === undefined || statement === undefined) return { status: 404, json: { code: "404" } };
    if (rest === "/cancel") {
      cancelled.push(handle);
      return { json: { statementHandle: handle } };
    }
    const partition = request.query.get("partition");
    if (partition === null || "failure" in statement.outcome) return describe(handle);
    const size = options.partitionRows ?? 1;
    const from = Number(partition) * size;
    return { json: { data: statement.outcome.rows.slice(from, from + size) } };
  });
  return {
    url: server.url,
    host: server.host,
    received: server.received,
    asked,
    cancelled,
    close: server.close,
  };
}

function isAuthorized({ headers }: JsonRequest, { token, keyPair }: SnowflakeServerOptions): boolean {
  const bearer = headers.authorization?.replace(/^Bearer /, "") ?? "";
  const kind = headers["x-snowflake-authorization-token-type"];
  if (keyPair !== undefined) return kind === "KEYPAIR_JWT" && isSigned(bearer, keyPair);
  const good = token ?? { kind: "PROGRAMMATIC_ACCESS_TOKEN", token: SNOWFLAKE_PAT };
  return kind === good.kind && bearer === good.token;
}

function isSigned(jwt: string, { publicKey, subject }: { publicKey: string; subject: string }): boolean {
  const [head = "", claims = "", signature = ""] = jwt.split(".");
  const { iss, sub, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as {
    iss: string;
    sub: string;
    iat: number;
    exp: number;
  };
  const key = createPublicKey(publicKey);
  const text = Buffer.from(`${head}.${claims}`);
  return (
    verify("sha256", text, key, Buffer.from(signature, "base64url")) &&
    sub === subject &&
    iss.startsWith(`${subject}.SHA256:`) &&
    exp > iat &&
    exp - iat <= 3600
  );
}
