import { maskVariables, wordsOf } from "./prompt-text.js";

const TERMS = 5;
/** A word is named only when several prompts share it, so that no name or secret of one prompt is shown. */
const MINIMUM_PROMPTS = 5;
const MINIMUM_LETTERS = 3;

/**
 * Words that tell a cluster from the others: p ln(p / q), with p the share of the cluster's prompts that hold the
 * word and q the share of the other prompts (half a prompt added, so that q is never 0). Common words have p near q.
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
        score: distinction(
          count / sizes[cluster]!,
          overall.get(word)! - count,
          texts.length - sizes[cluster]!,
        ),
      }))
      .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
      .slice(0, TERMS)
      .map(({ word }) => word),
  );
}

function distinction(share: number, elsewhere: number, otherPrompts: number): number {
  return share * Math.log(share / ((elsewhere + 0.5) / (otherPrompts + 1)));
}
