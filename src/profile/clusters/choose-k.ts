import type { Random } from "../../shared/random.js";
import { adjustedRandIndex } from "./adjusted-rand.js";
import type { SparseVector } from "./embed.js";
import { assign, type Centroids, scoreAll, sphericalKMeans } from "./k-means.js";

export const CANDIDATE_K: readonly number[] = [2, 3, 5, 8, 12, 20, 30, 45, 65];
/** Prompts on which k is chosen: enough for a standard error below 0.01, few enough to try every k in seconds. */
const CHOICE_SAMPLE = 2000;
const MINIMUM_PER_CLUSTER = 10;
/** Half-samples that agree less than this found clusters of their own noise. */
const STABLE = 0.6;
const RESTARTS = 2;

export interface KScore {
  readonly k: number;
  /** Mean simplified silhouette: (b - a) / max(a, b) with distances to the own and the next centroid. */
  readonly silhouette: number;
  readonly standardError: number;
  /** Adjusted Rand index between clusterings fitted on two disjoint halves. */
  readonly stability: number;
}

/**
 * The smallest k whose silhouette is within one standard error of the best. Stable values of k are preferred,
 * unless even the best of them explains less than half of what the best of all does.
 */
export function chooseK(vectors: readonly SparseVector[], random: Random): KScore {
  const sample = random.fork("choice").shuffle(vectors).slice(0, CHOICE_SAMPLE);
  const usable = CANDIDATE_K.filter((k) => k * MINIMUM_PER_CLUSTER <= sample.length);
  const scores = usable.map((k) => scoreK(sample, k, random.fork(`k ${k}`)));
  if (scores.length === 0) return { k: 1, silhouette: 0, standardError: 0, stability: 1 };
  return pickK(scores);
}

export function pickK(scores: readonly KScore[]): KScore {
  const best = bestOf(scores);
  const stable = scores.filter(({ stability }) => stability >= STABLE);
  const useStable = stable.length > 0 && bestOf(stable).silhouette >= best.silhouette / 2;
  const pool = useStable ? stable : scores;
  const target = bestOf(pool);
  return pool.find(({ silhouette }) => silhouette >= target.silhouette - target.standardError) ?? target;
}

export const isStable = ({ stability }: KScore): boolean => stability >= STABLE;

function bestOf(scores: readonly KScore[]): KScore {
  return scores.reduce((best, score) => (score.silhouette > best.silhouette ? score : best));
}

function scoreK(sample: readonly SparseVector[], k: number, random: Random): KScore {
  const middle = Math.floor(sample.length / 2);
  const halves = [sample.slice(0, middle), sample.slice(middle)];
  const [left, right] = halves.map((half, at) => {
    const { centroids } = sphericalKMeans(half, k, RESTARTS, random.fork(`half ${at}`));
    return assign(sample, centroids).labels;
  });
  const whole = sphericalKMeans(sample, k, RESTARTS, random.fork("whole"));
  return { k, stability: adjustedRandIndex(left!, right!), ...silhouetteOf(sample, whole.centroids) };
}

function silhouetteOf(
  sample: readonly SparseVector[],
  centroids: Centroids,
): { silhouette: number; standardError: number } {
  const scores = new Float64Array(centroids.k);
  let sum = 0;
  let squares = 0;
  for (const vector of sample) {
    scoreAll(vector, centroids, scores);
    let [first, second] = [-1, -1];
    for (const score of scores) {
      if (score > first) [first, second] = [score, first];
      else if (score > second) second = score;
    }
    const [own, next] = [1 - first, 1 - second];
    const silhouette = next <= 1e-9 ? 0 : (next - own) / Math.max(own, next);
    sum += silhouette;
    squares += silhouette ** 2;
  }
  const n = sample.length;
  const mean = sum / n;
  return { silhouette: mean, standardError: Math.sqrt(Math.max(0, squares / n - mean ** 2) / n) };
}
