import type { Engine } from "../../engine/contract.js";
import type { Workspace } from "../../shared/workspace.js";
import type { ConversationWindow, OutputTail, RetryTail, SemanticReuse } from "../contract.js";
import type { KeyColumns, TokenColumns } from "../queries/columns.js";
import { queryRows } from "../queries/load-query.js";

type RetryRow = KeyColumns &
  TokenColumns & {
    readonly maximum_retries: number;
    readonly requests: number;
    readonly lost_answers: number;
  };

type SemanticRow = KeyColumns &
  TokenColumns & {
    readonly threshold: number;
    readonly ttl_seconds: number;
    readonly after_exact_ttl_seconds: number | null;
    readonly hits: number;
    readonly judged_hits: number;
    readonly false_hits: number;
  };

type WindowRow = KeyColumns & {
  readonly keep_turns: number;
  readonly requests: number;
  readonly cut_tokens: number;
  readonly shifted_tokens: number;
  readonly lost_cached_tokens: number;
  readonly lost_cache_write_tokens: number;
  readonly lost_cache_write_1h_tokens: number;
};

type TailRow = KeyColumns & {
  readonly cap_tokens: number;
  readonly requests: number;
  readonly cut_tokens: number;
};

export async function readSemanticReuse(engine: Engine, workspace: Workspace): Promise<SemanticReuse[]> {
  return queryRows<SemanticRow>(engine, "semantic-rows", {
    fragments: { semantic_reuse: { path: workspace.semanticReuse } },
  });
}

export async function readRetries(engine: Engine, workspace: Workspace): Promise<RetryTail[]> {
  return queryRows<RetryRow>(engine, "retry-rows", {
    fragments: { retries: { path: workspace.retries } },
  });
}

export async function readConversations(engine: Engine, workspace: Workspace): Promise<ConversationWindow[]> {
  return queryRows<WindowRow>(engine, "conversation-window-rows", {
    fragments: { conversations: { path: workspace.conversations } },
  });
}

export async function readOutputTails(engine: Engine, workspace: Workspace): Promise<OutputTail[]> {
  return queryRows<TailRow>(engine, "output-tail-rows", {
    fragments: { output_tails: { path: workspace.outputTails } },
  });
}
