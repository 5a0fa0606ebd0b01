export { langfuseCollector } from "./langfuse.js";
