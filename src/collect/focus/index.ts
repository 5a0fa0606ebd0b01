export { focusCollector } from "./focus.js";
