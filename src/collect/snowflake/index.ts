export { snowflakeCollector } from "./snowflake.js";
