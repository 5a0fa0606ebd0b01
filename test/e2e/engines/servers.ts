import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DatabricksServerOptions } from "../../support/databricks-server.js";
import { type JsonServer, startJsonServer } from "../../support/json-server.js";

export const SPARK_TOKEN = "spark-token-0123456789";
export const SNOWFLAKE_TOKEN = "pat-0123456789abcdef";

const DIST = fileURLToPath(new URL("../../../dist", import.meta.url));
const BRIDGE = fileURLToPath(new URL("./snowflake_bridge.py", import.meta.url));

export interface PythonServer {
  readonly url: string;
  stop(): void;
}

/** The statement server as it ships, on a Spark of this machine. */
export const startSpark = (python: string, events: string): Promise<PythonServer> =>
  startPython(
    python,
    [join(DIST, "engine/spark/statement_server.py"), "--port", "0", "--view", `calls=${events}`],
    // The default gigabyte is Spark's own; a million calls need more on a single machine.
    { TOKENOP_SPARK_TOKEN: SPARK_TOKEN, PYSPARK_SUBMIT_ARGS: "--driver-memory 4g pyspark-shell" },
  );

export const startSnowflakeEmulator = (python: string, events: string): Promise<PythonServer> =>
  startPython(python, [BRIDGE, "CALLS", events], { SNOWFLAKE_PAT: SNOWFLAKE_TOKEN });

function startPython(
  python: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<PythonServer> {
  const child: ChildProcess = spawn(python, args, { env: { ...process.env, ...env } });
  let said = "";
  return new Promise((resolve, reject) => {
    const hear = (part: Buffer): void => {
      said = (said + part.toString("utf8")).slice(-4000);
      const url = /listening on (http:\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve({ url, stop: () => child.kill("SIGINT") });
    };
    child.stdout!.on("data", hear);
    child.stderr!.on("data", hear);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
}

export interface RecordingProxy extends JsonServer {
  /** Everything that came back through it. */
  readonly answers: string[];
}

/** Passes requests on and keeps what comes back. */
export async function startRecordingProxy(upstream: string): Promise<RecordingProxy> {
  const answers: string[] = [];
  const server = await startJsonServer(async ({ method, path, query, headers, body }) => {
    const kept = ["authorization", "content-type", "user-agent", "x-snowflake-authorization-token-type"];
    const passed = kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, `${headers[name]}`]]));
    const search = query.size === 0 ? "" : `?${query}`;
    const response = await fetch(`${upstream}${path}${search}`, {
      method,
      headers: Object.fromEntries(passed),
      ...(method === "POST" && { body }),
    });
    const text = await response.text();
    answers.push(text);
    return { status: response.status, json: JSON.parse(text) };
  });
  return { ...server, answers };
}

type Answer = DatabricksServerOptions["answer"];

/** Answers a Databricks statement with what a real Spark says to it. */
export function askSpark(url: string): Answer {
  const ask = async (path: string, body?: object) => {
    const response = await fetch(`${url}/api/2.0/sql/statements${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${SPARK_TOKEN}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the shapes are those of the contract server, and only passed on.
    return (await response.json()) as any;
  };
  return async ({ statement }) => {
    let answer = await ask("", { statement, wait_timeout: "50s" });
    while (answer.status.state === "RUNNING") answer = await ask(`/${answer.statement_id}`);
    if (answer.status.state !== "SUCCEEDED")
      return {
        failure: { code: "FAILED", message: answer.status.error.message, sqlState: answer.status.sql_state },
      };
    const rows = [...(answer.result?.data_array ?? [])];
    for (let at = 1; at < answer.manifest.total_chunk_count; at += 1)
      rows.push(...(await ask(`/${answer.statement_id}/result/chunks/${at}`)).data_array);
    return { columns: answer.manifest.schema.columns, rows };
  };
}
