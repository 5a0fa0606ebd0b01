export { filesCollector } from "./files-collector.js";
