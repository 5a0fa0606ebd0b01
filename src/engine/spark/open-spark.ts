import type { Context } from "../../shared/context.js";
import { UsageError } from "../../shared/errors.js";
import { createNet, hostOf } from "../../shared/net.js";
import { baseUrlOf, databricksStatements } from "../../warehouse/index.js";
import type { RemoteEngine } from "../contract.js";
import { logOfStatements, remoteEngine } from "../remote-engine.js";
import { sparkDialect } from "../spark-dialect.js";

const DEFAULT_URL = "http://127.0.0.1:8777";

/**
 * A Spark session behind `statement_server.py`, which the user starts on the cluster's side (or on this machine):
 * TOKENOP_SPARK_URL, by default port 8777 here, and TOKENOP_SPARK_TOKEN. Another machine is reached through a tunnel or
 * https.
 *
 * @throws UsageError TOP-ENGINE-SPARK without a token.
 */
export function openSpark(context: Context): RemoteEngine {
  const token = context.env.TOKENOP_SPARK_TOKEN ?? "";
  if (token === "") throw withoutToken();
  const baseUrl = baseUrlOf(context.env.TOKENOP_SPARK_URL ?? DEFAULT_URL);
  const hosts = [hostOf(baseUrl)];
  const net = createNet(
    hosts,
    { log: logOfStatements(context.log) },
    (host) => `Name the server's address: export TOKENOP_SPARK_URL=https://${host}`,
  );
  const connection = {
    baseUrl,
    warehouseId: "spark",
    login: { kind: "token", token },
    resultHosts: [],
    platform: "Spark",
    grant: "the token that statement_server.py was started with, in TOKENOP_SPARK_TOKEN",
  } as const;
  return remoteEngine(
    {
      id: "spark",
      name: "Spark",
      dialect: sparkDialect,
      hosts,
      statements: databricksStatements(connection, net, context),
      grantFor: (table) => `read access to ${table} for the user that runs statement_server.py`,
    },
    context,
  );
}

function withoutToken(): UsageError {
  return new UsageError({
    code: "TOP-ENGINE-SPARK",
    message: "Spark needs the token of its statement server.",
    found: "TOKENOP_SPARK_TOKEN is not set in the environment.",
    fix: "Start the server with a token of your own, and set it here too; see docs/guide/engines.md.",
  });
}
