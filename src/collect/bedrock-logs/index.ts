export { bedrockLogsCollector } from "./bedrock-logs.js";
