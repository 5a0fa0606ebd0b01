export { anthropicUsageCollector } from "./anthropic-usage.js";
