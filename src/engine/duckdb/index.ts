export { openDuckDb } from "./open-duckdb.js";
