import type { Agent } from "./agent.js";
import { claudeCode } from "./claude-code.js";
import { codex } from "./codex.js";

/** Every coding agent whose session files are read, in the order in which they are read. */
export const agents: readonly Agent[] = [claudeCode, codex];
