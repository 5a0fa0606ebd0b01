// Prints what a semantic cache with lexical likeness would have served, and how much of it wrongly, on labelled data:
//
//     node bench/semantic-cache.mjs
//
// banking77: 10,003 questions with 77 intents, in one seeded order, as one scope (no help from clusters or context). A
// hit is false where the stored answer belongs to another intent. Shown with and without the guard, with the share of
// false hits and its one-sided 95 % upper bound (Clopper and Pearson).
// gptcache: 999 pairs of a sentence and its paraphrase; all sentences are asked first, then all paraphrases. A hit is
// false where it is served the answer to another sentence than its own; pairs that share a sentence are one.
// Data sets that are not there are skipped by name. The replay is the profile's own.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fitEmbedding } from "../dist/profile/clusters/embed.js";
import { SEMANTIC_THRESHOLDS } from "../dist/profile/contract.js";
import { guardSignature } from "../dist/profile/semantic/guard.js";
import { replaySemantic } from "../dist/profile/semantic/replay-semantic.js";
import { createRandom } from "../dist/shared/random.js";
import { clopperPearson } from "../dist/stats/index.js";

const dataOf = (path) => fileURLToPath(new URL(`../../shared/data/${path}`, import.meta.url));
const STATES = SEMANTIC_THRESHOLDS.map((threshold) => ({ threshold, ttlSeconds: 1e9, exactBit: 0 }));

/** `text,category` with quoted fields. */
function readBanking(path) {
  const rows = readFileSync(path, "utf8").matchAll(/^(?:"((?:[^"]|"")*)"|([^",\n]*)),(\S+)\r?$/gm);
  const questions = [...rows].map(([, quoted, bare, intent]) => ({
    text: quoted?.replaceAll('""', '"') ?? bare,
    intent,
  }));
  return questions.filter(({ text }) => text !== "text");
}

function shuffled(items, seed) {
  const random = createRandom(seed);
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = random.integer(at + 1);
    [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
  }
  return mixed;
}

function replay(name, asked) {
  const embedding = fitEmbedding(asked.map(({ text }) => text));
  for (const guarded of [false, true]) {
    const requests = asked.map(({ text, intent }, at) => ({
      micros: at * 1_000_000,
      scope: guarded ? guardSignature(text) : "",
      question: text,
      exactMask: 0,
      reference: null,
      intent,
    }));
    const hits = STATES.map(() => 0);
    const wrong = STATES.map(() => 0);
    const started = performance.now();
    replaySemantic(requests, STATES, embedding, (_, state, judgement) => {
      hits[state] += 1;
      if (judgement === "wrong") wrong[state] += 1;
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    for (const [state, { threshold }] of STATES.entries()) {
      const share = hits[state] === 0 ? 0 : wrong[state] / hits[state];
      const bound = hits[state] === 0 ? 1 : clopperPearson(wrong[state], hits[state], 0.1).upper;
      console.log(
        `${name}, ${guarded ? "guard" : "no guard"}, threshold ${threshold}: ${hits[state]} of ${asked.length} served ` +
          `(${((100 * hits[state]) / asked.length).toFixed(2)} %), ${wrong[state]} wrong (${(100 * share).toFixed(1)} %, ` +
          `at most ${(100 * bound).toFixed(1)} %); replay of all thresholds ${seconds} s`,
      );
    }
  }
}

/** Smallest pair that each pair is joined with through equal sentences. */
function joinedPairs(read) {
  const intents = [...read.keys()];
  for (let changed = true; changed; ) {
    changed = false;
    const first = new Map();
    for (const [at, pair] of read.entries()) {
      for (const text of [pair.origin, pair.similar]) {
        const low = Math.min(first.get(text) ?? intents[at], intents[at]);
        changed ||= low !== intents[at];
        intents[at] = low;
        first.set(text, low);
      }
    }
  }
  return intents;
}

const banking = dataOf("banking77/train.csv");
if (existsSync(banking)) replay("banking77", shuffled(readBanking(banking), 1));
else console.log(`skipped banking77: ${banking} is not there`);

const pairs = dataOf("prompts/gptcache/mock_data.json");
if (existsSync(pairs)) {
  const read = JSON.parse(readFileSync(pairs, "utf8"));
  const intents = joinedPairs(read);
  const part = (field) => read.map((pair, at) => ({ text: pair[field], intent: `pair-${intents[at]}` }));
  replay("gptcache", [...part("origin"), ...part("similar")]);
} else console.log(`skipped gptcache: ${pairs} is not there`);
