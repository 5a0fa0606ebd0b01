import { maskVariables, wordsOf } from "./prompt-text.js";

const TERMS = 5;
/** A word is named only when several prompts share it, so that no name or secret of one prompt is shown. */
const MINIMUM_PROMPTS = 5;
const MINIMUM_LETTERS = 3;

/**
 * Words that tell a cluster from the others: share of the cluster's prompts that hold the word, times
 * ln(1 + prompts / prompts with the word) over the corpus.
 */
export function distinctiveTerms(texts: readonly string[], labels: ArrayLike<number>, k: number): string[][] {
  const sizes = new Array<number>(k).fill(0);
  const inCluster = Array.from({ length: k }, () => new Map<string, number>());
  const overall = new Map<string, number>();
  texts.forEach((text, row) => {
    const cluster = labels[row]!;
    sizes[cluster]! += 1;
    for (const word of new Set(wordsOf(maskVariables(text)))) {
      if (word.length < MINIMUM_LETTERS) continue;
      inCluster[cluster]!.set(word, (inCluster[cluster]!.get(word) ?? 0) + 1);
      overall.set(word, (overall.get(word) ?? 0) + 1);
    }
  });
  return inCluster.map((counts, cluster) =>
    [...counts]
      .filter(([, count]) => count >= MINIMUM_PROMPTS)
      .map(([word, count]) => ({
        word,
        score: (count / sizes[cluster]!) * Math.log(1 + texts.length / overall.get(word)!),
      }))
      .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
      .slice(0, TERMS)
      .map(({ word }) => word),
  );
}
