export { localAgentsCollector } from "./local-agents.js";
