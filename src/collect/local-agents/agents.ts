import type { Agent } from "./agent.js";
import { claudeCode } from "./claude-code.js";
import { codex } from "./codex.js";
import { pi } from "./pi.js";
import { qwenCode } from "./qwen-code.js";

/**
 * Every coding agent whose session files are read, in the order in which they are read. A line of a folder that the
 * user named is of the first agent that recognises it, so those with the most telling lines come first.
 */
export const agents: readonly Agent[] = [pi, qwenCode, claudeCode, codex];
