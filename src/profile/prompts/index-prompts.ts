import type { Random } from "../../shared/random.js";
import { textOf } from "../clusters/prompt-text.js";
import type { Prompt } from "../contract.js";
import { type AskedQuestion, questionOf } from "../semantic/question-of.js";
import { readPrompts } from "./read-prompts.js";

/** What is kept of every prompt: no text. */
export interface PromptEntry {
  readonly id: string;
  /** Event that the prompt belongs to; the prompt's own id where it names none. */
  readonly eventId: string;
  readonly line: number;
  readonly intent: string | null;
  readonly provider: string | null;
  readonly model: string | null;
}

export interface PromptIndex {
  readonly entries: readonly PromptEntry[];
  /** Text of a random part of the prompts (all of them up to `TEXTS_KEPT`), by position in `entries`. */
  readonly texts: ReadonlyMap<number, string>;
  /** The same prompts as a semantic cache sees them. */
  readonly questions: ReadonlyMap<number, AskedQuestion>;
  readonly warnings: readonly string[];
}

/** Prompts whose text is held at once: features, names and representatives come from these. */
export const TEXTS_KEPT = 20_000;

/** First pass over prompts.jsonl. Bad lines and repeated ids are counted and named by line, never quoted. */
export async function indexPrompts(path: string, random: Random, signal: AbortSignal): Promise<PromptIndex> {
  const entries: PromptEntry[] = [];
  const kept = createReservoir<Kept>(TEXTS_KEPT, random);
  const seen = new Set<string>();
  const bad: string[] = [];
  const repeated: number[] = [];
  for await (const read of readPrompts(path, signal)) {
    if ("problem" in read) {
      bad.push(`line ${read.line}, field "${read.field}": ${read.problem}`);
      continue;
    }
    const entry = entryOf(read.prompt, read.line);
    if (seen.has(entry.id)) {
      repeated.push(read.line);
      continue;
    }
    seen.add(entry.id);
    kept.offer(entries.length, () => ({ text: textOf(read.prompt), question: questionOf(read.prompt) }));
    entries.push(entry);
  }
  const items = kept.items();
  return {
    entries,
    texts: new Map([...items].map(([at, { text }]) => [at, text])),
    questions: new Map([...items].map(([at, { question }]) => [at, question])),
    warnings: warningsOf(entries.length, bad, repeated),
  };
}

interface Kept {
  readonly text: string;
  readonly question: AskedQuestion;
}

function entryOf(prompt: Prompt, line: number): PromptEntry {
  const id = prompt.id ?? prompt.event_id!;
  return {
    id,
    eventId: prompt.event_id ?? id,
    line,
    intent: prompt.intent === undefined || prompt.intent === "unknown" ? null : prompt.intent,
    provider: prompt.provider ?? null,
    model: prompt.model ?? null,
  };
}

function warningsOf(usable: number, bad: readonly string[], repeated: readonly number[]): string[] {
  const warnings: string[] = [];
  if (bad.length > 0) {
    warnings.push(
      `${bad.length} of ${usable + bad.length + repeated.length} prompt lines left out; the first is ${bad[0]}.`,
    );
  }
  if (repeated.length > 0) {
    warnings.push(
      `${repeated.length} prompt lines repeat an id and were left out; the first is line ${repeated[0]}.`,
    );
  }
  return warnings;
}

/** Uniform sample without replacement of a stream (Vitter 1985, algorithm R). */
function createReservoir<T>(
  capacity: number,
  random: Random,
): { offer(key: number, value: () => T): void; items(): Map<number, T> } {
  const held: [number, T][] = [];
  let offered = 0;
  return {
    offer(key, value) {
      offered += 1;
      if (held.length < capacity) {
        held.push([key, value()]);
        return;
      }
      const slot = random.integer(offered);
      if (slot < capacity) held[slot] = [key, value()];
    },
    items: () => new Map(held.sort(([a], [b]) => a - b)),
  };
}
