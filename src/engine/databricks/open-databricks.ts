import type { Context } from "../../shared/context.js";
import { createNet } from "../../shared/net.js";
import { databricksFromEnv, databricksHosts, databricksStatements } from "../../warehouse/index.js";
import type { RemoteEngine } from "../contract.js";
import { logOfStatements, remoteEngine } from "../remote-engine.js";
import { sparkDialect } from "../spark-dialect.js";

/** A Databricks SQL warehouse, from the environment; see `databricksFromEnv`. Nothing is sent before a question. */
export function openDatabricks(context: Context): RemoteEngine {
  const connection = databricksFromEnv(context.env);
  const hosts = databricksHosts(connection);
  const net = createNet(
    hosts,
    { log: logOfStatements(context.log) },
    (host) => `Allow it by name: export DATABRICKS_RESULT_HOSTS=${host}`,
  );
  return remoteEngine(
    {
      id: "databricks",
      name: "Databricks",
      dialect: sparkDialect,
      hosts,
      statements: databricksStatements(connection, net, context),
      grantFor: (table) =>
        `CAN USE on the SQL warehouse; USE CATALOG and USE SCHEMA above ${table}, and SELECT on it`,
    },
    context,
  );
}
