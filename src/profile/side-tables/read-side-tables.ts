import type { Engine, EngineRow } from "../../engine/contract.js";
import type { Workspace } from "../../shared/workspace.js";
import type { ConversationWindow, OutputTail, RetryTail, SemanticReuse } from "../contract.js";
import { queryRows } from "../queries/load-query.js";

type KeyRow = {
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly context_class: number;
  readonly batch: boolean;
};

type RetryRow = KeyRow & {
  readonly maximum_retries: number;
  readonly requests: number;
  readonly lost_answers: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
};

type SemanticRow = KeyRow & {
  readonly threshold: number;
  readonly ttl_seconds: number;
  readonly after_exact_ttl_seconds: number | null;
  readonly hits: number;
  readonly judged_hits: number;
  readonly false_hits: number;
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
};

type WindowRow = KeyRow & {
  readonly keep_turns: number;
  readonly requests: number;
  readonly cut_tokens: number;
  readonly shifted_tokens: number;
  readonly lost_cached_tokens: number;
  readonly lost_cache_write_tokens: number;
  readonly lost_cache_write_1h_tokens: number;
};

type TailRow = KeyRow & {
  readonly cap_tokens: number;
  readonly requests: number;
  readonly cut_tokens: number;
};

export async function readSemanticReuse(engine: Engine, workspace: Workspace): Promise<SemanticReuse[]> {
  return queryRows<SemanticRow & EngineRow>(engine, "semantic-rows", {
    fragments: { semantic_reuse: { path: workspace.semanticReuse } },
  });
}

export async function readRetries(engine: Engine, workspace: Workspace): Promise<RetryTail[]> {
  return queryRows<RetryRow & EngineRow>(engine, "retry-rows", {
    fragments: { retries: { path: workspace.retries } },
  });
}

export async function readConversations(engine: Engine, workspace: Workspace): Promise<ConversationWindow[]> {
  return queryRows<WindowRow & EngineRow>(engine, "conversation-window-rows", {
    fragments: { conversations: { path: workspace.conversations } },
  });
}

export async function readOutputTails(engine: Engine, workspace: Workspace): Promise<OutputTail[]> {
  return queryRows<TailRow & EngineRow>(engine, "output-tail-rows", {
    fragments: { output_tails: { path: workspace.outputTails } },
  });
}
