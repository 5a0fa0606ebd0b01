import type { Engine } from "../../engine/contract.js";
import type { Random } from "../../shared/random.js";
import { type ClusterMethod, UNKNOWN_CLUSTER } from "../contract.js";
import type { PromptEntry, PromptIndex } from "../prompts/index-prompts.js";
import { readPrompts } from "../prompts/read-prompts.js";
import { queryRows, runQuery } from "../queries/load-query.js";
import type { PlacedPrompt } from "../samples/build-samples.js";
import { isStable } from "./choose-k.js";
import { fitEmbedding } from "./embed.js";
import { type LexicalCluster, type LexicalClusters, lexicalClusters } from "./lexical-clusters.js";
import { textOf } from "./prompt-text.js";

export interface PlacedPrompts {
  readonly prompts: readonly PlacedPrompt[];
  readonly lexical: readonly LexicalCluster[];
  /** Events whose cluster comes from a prompt: rows of `prompt_clusters`. */
  readonly assignedEvents: number;
  readonly warnings: readonly string[];
}

export interface PlacingInput {
  /** null where the events are in another engine: prompts then stand for themselves. */
  readonly eventsPath: string | null;
  readonly promptsPath: string;
  readonly method: ClusterMethod;
  readonly random: Random;
  readonly signal: AbortSignal;
}

type PromptEventRow = {
  readonly id: string;
  readonly intent: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly cost_usd: number | null;
};

/** Gives every prompt its cluster, and fills `prompt_clusters` for events that get theirs from a prompt. */
export async function placePrompts(
  engine: Engine,
  { entries, texts }: PromptIndex,
  input: PlacingInput,
): Promise<PlacedPrompts> {
  const events = await readPromptEvents(engine, entries, input.eventsPath);
  const declared = entries.map((entry) =>
    input.method === "lexical" ? null : (declaredIntent(events.get(entry.eventId)?.intent) ?? entry.intent),
  );
  const undeclared = new Set([...declared.keys()].filter((at) => declared[at] === null));
  const lexical = await clusterByWords(entries, texts, undeclared, input);
  const prompts = entries.map((entry, at): PlacedPrompt => {
    const event = events.get(entry.eventId);
    return {
      ...entry,
      provider: entry.provider ?? event?.provider ?? null,
      model: entry.model ?? event?.model ?? null,
      cluster: declared[at] ?? lexical?.labels.get(at) ?? UNKNOWN_CLUSTER,
      costUsd: event?.costUsd ?? 0,
    };
  });
  const assigned = new Map<string, string>();
  for (const { eventId, cluster } of prompts) {
    const event = events.get(eventId);
    const open = input.method === "lexical" || declaredIntent(event?.intent) === null;
    if (event !== undefined && open && !assigned.has(eventId)) assigned.set(eventId, cluster);
  }
  await engine.append("prompt_clusters", ["event_id", "cluster"], assigned);
  return {
    prompts,
    lexical: lexical?.found.clusters ?? [],
    assignedEvents: assigned.size,
    warnings: lexical === null ? [] : stabilityWarnings(lexical.found),
  };
}

const declaredIntent = (intent: string | null | undefined): string | null =>
  intent == null || intent === UNKNOWN_CLUSTER ? null : intent;

async function readPromptEvents(
  engine: Engine,
  entries: readonly PromptEntry[],
  eventsPath: string | null,
): Promise<
  ReadonlyMap<string, Pick<PromptEventRow, "id" | "intent" | "provider" | "model"> & { costUsd: number }>
> {
  await runQuery(engine, "prompt-tables");
  if (eventsPath === null) return new Map();
  const ids = new Set(entries.map(({ eventId }) => eventId));
  await engine.append(
    "prompt_ids",
    ["event_id"],
    [...ids].map((id) => [id]),
  );
  const rows = await queryRows<PromptEventRow>(engine, "prompt-events", {
    fragments: { events: { path: eventsPath } },
    stage: "profile: prompts",
  });
  return new Map(rows.map((row) => [row.id, { ...row, costUsd: row.costUsd ?? 0 }]));
}

interface WordClusters {
  readonly found: LexicalClusters;
  /** Cluster by position of the prompt. */
  readonly labels: ReadonlyMap<number, string>;
}

/** Fits on the texts that are held; the rest, if any, is read again and put to the nearest cluster. */
async function clusterByWords(
  entries: readonly PromptEntry[],
  texts: ReadonlyMap<number, string>,
  undeclared: ReadonlySet<number>,
  input: PlacingInput,
): Promise<WordClusters | null> {
  const fitted = [...texts].filter(([at]) => undeclared.has(at));
  if (input.method === "intent" || fitted.length === 0) return null;
  const corpus = fitted.map(([, text]) => text);
  const found = lexicalClusters(corpus, fitEmbedding(corpus), input.random);
  const labels = new Map(fitted.map(([at], row) => [at, found.labels[row]!]));
  if (labels.size < undeclared.size) {
    const open = new Map(
      [...undeclared].filter((at) => !labels.has(at)).map((at) => [entries[at]!.line, at]),
    );
    for await (const read of readPrompts(input.promptsPath, input.signal)) {
      const at = open.get(read.line);
      if (at !== undefined && "prompt" in read) labels.set(at, found.classify(textOf(read.prompt)));
    }
  }
  return { found, labels };
}

function stabilityWarnings({ choice }: LexicalClusters): string[] {
  if (isStable(choice)) return [];
  return [
    `The ${choice.k} lexical clusters depend on the sample they were fitted on (adjusted Rand index of two halves ${choice.stability.toFixed(2)}, 0.60 wanted); declare intents where you can.`,
  ];
}
