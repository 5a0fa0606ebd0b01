import type { Engine } from "../../engine/contract.js";
import type { Camel } from "../../shared/case.js";
import type { Workspace } from "../../shared/workspace.js";
import { fitEmbedding } from "../clusters/embed.js";
import { type RemovedTokens, SEMANTIC_THRESHOLDS, UNKNOWN_CLUSTER } from "../contract.js";
import type { PromptEntry } from "../prompts/index-prompts.js";
import { TOKEN_COLUMNS, type TokenColumns } from "../queries/columns.js";
import { queryRows, runQuery } from "../queries/load-query.js";
import { EXACT_TTLS } from "../reuse/write-reuse.js";
import { guardSignature } from "./guard.js";
import type { AskedQuestion } from "./question-of.js";
import {
  type Judgement,
  replaySemantic,
  type SemanticCacheState,
  type SemanticRequest,
} from "./replay-semantic.js";

export interface SemanticInput {
  readonly entries: readonly PromptEntry[];
  readonly questions: ReadonlyMap<number, AskedQuestion>;
}

type RequestRow = TokenColumns & {
  readonly place: number;
  readonly micros: number;
  readonly tenant: string;
  readonly declared_intent: string | null;
  readonly cluster: string;
  readonly provider: string;
  readonly model: string;
  readonly context_class: number;
  readonly exact_mask: number;
};

interface State extends SemanticCacheState {
  readonly afterExactTtlSeconds: number | null;
}

/** Every cache: with no exact cache before it (bit 0), and behind each one that a plan may choose. */
const STATES: readonly State[] = [null, ...EXACT_TTLS].flatMap((afterExactTtlSeconds) =>
  SEMANTIC_THRESHOLDS.flatMap((threshold) =>
    EXACT_TTLS.map((ttlSeconds) => ({
      threshold,
      ttlSeconds,
      exactBit: afterExactTtlSeconds === null ? 0 : 1 << EXACT_TTLS.indexOf(afterExactTtlSeconds),
      afterExactTtlSeconds,
    })),
  ),
);

const COLUMNS = [
  "cluster",
  "provider",
  "model",
  "context_class",
  "batch",
  "threshold",
  "ttl_seconds",
  "after_exact_ttl_seconds",
  "hits",
  "judged_hits",
  "false_hits",
  ...TOKEN_COLUMNS,
] as const;

/**
 * Replays semantic caches over the prompts on file whose text is held (a random part of very many: then hits are
 * undercounted, never invented) and writes the side table; an empty one without prompts. Needs `profile_events` and
 * the `exact_hits` of the exact replay.
 */
export async function writeSemanticReuse(
  engine: Engine,
  workspace: Workspace,
  input: SemanticInput | null,
): Promise<void> {
  await runQuery(engine, "semantic-tables");
  if (input !== null && input.questions.size > 0) {
    const rows = await readRequests(engine, input);
    await engine.append("semantic_rows", COLUMNS, replayedRows(rows, input.questions, input.entries));
  }
  await runQuery(engine, "write-semantic", {
    fragments: { semantic_reuse: { path: workspace.semanticReuse } },
  });
}

async function readRequests(
  engine: Engine,
  { entries, questions }: SemanticInput,
): Promise<Camel<RequestRow>[]> {
  // An event is one request, whichever of its prompts comes first.
  const places = new Map<string, number>();
  for (const place of questions.keys()) {
    const { eventId } = entries[place]!;
    if (!places.has(eventId)) places.set(eventId, place);
  }
  await engine.append("asked_events", ["event_id", "place"], places);
  return queryRows<RequestRow>(engine, "semantic-requests", { stage: "profile: semantic reuse" });
}

interface Totals extends Record<keyof RemovedTokens, number> {
  hits: number;
  judged: number;
  wrong: number;
}

function replayedRows(
  rows: readonly Camel<RequestRow>[],
  questions: ReadonlyMap<number, AskedQuestion>,
  entries: readonly PromptEntry[],
): (string | number | boolean | null)[][] {
  const embedding = fitEmbedding(rows.map(({ place }) => questions.get(place)!.question));
  const requests = rows.map((row) => requestOf(row, questions.get(row.place)!, entries[row.place]!));
  const totals = new Map<string, Totals>();
  replaySemantic(requests, STATES, embedding, (request, state, judgement) => {
    const row = rows[request]!;
    const key = JSON.stringify([row.cluster, row.provider, row.model, row.contextClass, state]);
    const sum = totals.get(key) ?? emptyTotals();
    addHit(sum, row, judgement);
    totals.set(key, sum);
  });
  return [...totals].map(([key, sum]) => {
    const [cluster, provider, model, contextClass, state] = JSON.parse(key) as [
      string,
      string,
      string,
      number,
      number,
    ];
    const { threshold, ttlSeconds, afterExactTtlSeconds } = STATES[state]!;
    return [
      ...[cluster, provider, model, contextClass, false, threshold, ttlSeconds, afterExactTtlSeconds],
      ...[sum.hits, sum.judged, sum.wrong, sum.inputTokens, sum.cachedInputTokens, sum.cacheWriteTokens],
      ...[sum.cacheWrite1hTokens, sum.outputTokens, sum.reasoningTokens],
    ];
  });
}

function requestOf(
  row: Camel<RequestRow>,
  { question, context, reference }: AskedQuestion,
  entry: PromptEntry,
): SemanticRequest {
  const declared = row.declaredIntent === UNKNOWN_CLUSTER ? null : row.declaredIntent;
  const intent = declared ?? entry.intent;
  return {
    micros: row.micros,
    scope: JSON.stringify([
      ...[row.cluster, row.provider, row.model, row.tenant, context],
      guardSignature(question),
    ]),
    question,
    exactMask: row.exactMask,
    reference,
    // Where the cluster is the intent, two requests of it say nothing by sharing it.
    intent: intent === row.cluster ? null : intent,
  };
}

const emptyTotals = (): Totals => ({
  ...{ hits: 0, judged: 0, wrong: 0, inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 },
  ...{ cacheWrite1hTokens: 0, outputTokens: 0, reasoningTokens: 0 },
});

function addHit(sum: Totals, row: Camel<RequestRow>, judgement: Judgement): void {
  sum.hits += 1;
  if (judgement !== "unknown") sum.judged += 1;
  if (judgement === "wrong") sum.wrong += 1;
  sum.inputTokens += row.inputTokens;
  sum.cachedInputTokens += row.cachedInputTokens;
  sum.cacheWriteTokens += row.cacheWriteTokens;
  sum.cacheWrite1hTokens += row.cacheWrite1hTokens;
  sum.outputTokens += row.outputTokens;
  sum.reasoningTokens += row.reasoningTokens;
}
