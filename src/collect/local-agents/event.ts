import type { CanonicalEvent } from "../../events/contract.js";
import { sha256 } from "../../shared/artifact.js";
import type { AgentCall } from "./agent.js";
import { hashProject, type SessionFile } from "./sessions.js";

export const SOURCE = "local-agents";

/** The call as a canonical event. Columns that no session file can fill are null (see `cannotFill`). */
export function toEvent(call: AgentCall, file: SessionFile, agentId: string, line: number): CanonicalEvent {
  const project = file.project ?? call.project;
  return {
    id: call.id ?? deriveId(call, file, agentId, line),
    ts: new Date(call.tsMs).toISOString(),
    intent: "coding_agent",
    provider: call.provider,
    model: call.model,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    latency_ms: null,
    cost_usd: null,
    endpoint: agentId.replaceAll("-", "_"),
    region: null,
    tenant: project === null ? null : hashProject(project),
    context_length: call.contextLength,
    cached_input_tokens: call.cachedInputTokens,
    cache_write_tokens: call.cacheWriteTokens,
    cache_write_1h_tokens: call.cacheWrite1hTokens,
    reasoning_tokens: call.reasoningTokens,
    status: call.status,
    service_tier: call.serviceTier,
    conversation_id: call.sessionId,
    source: SOURCE,
    attributes: call.sidechain ? { sidechain: true } : null,
  };
}

/** Session files only grow, so a record's place and figures name it for good. */
function deriveId(call: AgentCall, file: SessionFile, agentId: string, line: number): string {
  const parts = [agentId, file.label, line, call.tsMs, call.model, call.inputTokens, call.outputTokens];
  return `${agentId}-${sha256(parts.join("\n")).slice(0, 32)}`;
}
