export { openSnowflake } from "./open-snowflake.js";
