export { databricksCollector } from "./databricks.js";
