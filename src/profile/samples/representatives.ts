import { fitEmbedding } from "../clusters/embed.js";
import { meansOf, scoreAll } from "../clusters/k-means.js";

export const REPRESENTATIVES = 3;

/**
 * Positions of the prompts nearest to their cluster's centroid, at most three a cluster, best first. For people and
 * smoke tests: chosen and not drawn, so they may never enter a test.
 */
export function representatives(
  texts: ReadonlyMap<number, string>,
  clusterOf: (at: number) => string,
): ReadonlyMap<string, readonly number[]> {
  const embedding = fitEmbedding(texts.values());
  const byCluster = new Map<string, { readonly at: number; readonly text: string }[]>();
  for (const [at, text] of texts) {
    const members = byCluster.get(clusterOf(at));
    if (members === undefined) byCluster.set(clusterOf(at), [{ at, text }]);
    else members.push({ at, text });
  }
  const chosen = new Map<string, number[]>();
  for (const [cluster, members] of byCluster) {
    const vectors = members.map(({ text }) => embedding.embed(text));
    const centroid = meansOf(vectors, new Int32Array(vectors.length), 1);
    const score = new Float64Array(1);
    const scored = members.map(({ at }, row) => {
      scoreAll(vectors[row]!, centroid, score);
      return { at, cosine: score[0]! };
    });
    scored.sort((a, b) => b.cosine - a.cosine || a.at - b.at);
    chosen.set(
      cluster,
      scored.slice(0, REPRESENTATIVES).map(({ at }) => at),
    );
  }
  return chosen;
}
