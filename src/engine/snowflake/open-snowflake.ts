import type { Context } from "../../shared/context.js";
import { createNet } from "../../shared/net.js";
import { snowflakeFromEnv, snowflakeHosts, snowflakeStatements } from "../../warehouse/index.js";
import type { RemoteEngine } from "../contract.js";
import { logOfStatements, remoteEngine } from "../remote-engine.js";
import { snowflakeDialect } from "./dialect.js";

/** A Snowflake account, from the environment; see `snowflakeFromEnv`. Nothing is sent before a question. */
export function openSnowflake(context: Context): RemoteEngine {
  const connection = snowflakeFromEnv(context.env);
  const hosts = snowflakeHosts(connection);
  const net = createNet(
    hosts,
    { log: logOfStatements(context.log) },
    (host) => `Name the account's host: export SNOWFLAKE_HOST=${host}`,
  );
  return remoteEngine(
    {
      id: "snowflake",
      name: "Snowflake",
      dialect: snowflakeDialect,
      hosts,
      statements: snowflakeStatements(connection, net, context),
      grantFor: (table) =>
        `USAGE on the warehouse and on the database and schema of ${table}, and SELECT on it`,
    },
    context,
  );
}
