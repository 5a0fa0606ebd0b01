export { openDatabricks } from "./open-databricks.js";
