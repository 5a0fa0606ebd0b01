export * from "./contract.js";
export { type Authorize, databricksAuthorization } from "./databricks/authorization.js";
export {
  baseUrlOf,
  type DatabricksConnection,
  type DatabricksLogin,
  databricksFromEnv,
  databricksHosts,
} from "./databricks/connection.js";
export { databricksStatements } from "./databricks/statements.js";
export {
  type SnowflakeConnection,
  type SnowflakeLogin,
  snowflakeFromEnv,
  snowflakeHosts,
} from "./snowflake/connection.js";
export { snowflakeStatements } from "./snowflake/statements.js";
