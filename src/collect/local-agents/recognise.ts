import { readLines } from "../../shared/lines.js";
import type { Agent } from "./agent.js";
import { agents } from "./agents.js";
import { parseRecord, RecordProblem } from "./fields.js";

/** Session files name their agent's shape within the first few lines; a hundred allows for a long preamble. */
const LINES_TRIED = 100;

/** The agent whose lines the file holds; null where none is recognised or the file cannot be opened. */
export async function recogniseAgent(path: string, signal: AbortSignal): Promise<Agent | null> {
  try {
    for await (const line of readLines(path, { signal })) {
      if (line.line > LINES_TRIED) return null;
      const agent = recogniseLine(line);
      if (agent !== null) return agent;
    }
  } catch {
    signal.throwIfAborted();
  }
  return null;
}

function recogniseLine(line: Parameters<typeof parseRecord>[0]): Agent | null {
  try {
    const record = parseRecord(line);
    return (record && agents.find((agent) => agent.recognises(record))) ?? null;
  } catch (error) {
    if (error instanceof RecordProblem) return null;
    throw error;
  }
}
