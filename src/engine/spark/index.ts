export { openSpark } from "./open-spark.js";
