export { openaiUsageCollector } from "./openai-usage.js";
