import type { SparseVector } from "../clusters/embed.js";

export interface Neighbour {
  /** Position of the earlier vector, in the order in which vectors were added. */
  readonly at: number;
  /** Cosine, at least the minimum. */
  readonly likeness: number;
}

/**
 * Exact search for earlier vectors at least `minimum` alike; every vector asked for is added. Vectors have unit length
 * or none.
 *
 * Only the heaviest features of a vector are indexed: as soon as the rest has a length below the minimum, a vector
 * that shares none of them cannot be alike enough (Cauchy and Schwarz), and partial sums plus that length bound
 * every other. Source of the method: Bayardo, Ma and Srikant, WWW 2007, with the L2 bound of Anastasiu and Karypis 2014.
 */
export function createNeighbourSearch(minimum: number): (vector: SparseVector) => Neighbour[] {
  const vectors: SparseVector[] = [];
  const restLength: number[] = [];
  const sums: number[] = [];
  const index = new Map<number, { at: number[]; value: number[] }>();

  function add(vector: SparseVector): void {
    const heaviest = [...vector.values.keys()].sort((a, b) => vector.values[b]! - vector.values[a]!);
    let rest = 1;
    for (const feature of heaviest) {
      // A little early rather than late: the squares are summed in floating point.
      if (rest < minimum * minimum * 0.999) break;
      const value = vector.values[feature]!;
      const bucket = vector.indices[feature]!;
      const list = index.get(bucket);
      if (list === undefined) index.set(bucket, { at: [vectors.length], value: [value] });
      else {
        list.at.push(vectors.length);
        list.value.push(value);
      }
      rest -= value * value;
    }
    vectors.push(vector);
    restLength.push(Math.sqrt(Math.max(0, rest)) + 1e-6);
    sums.push(0);
  }

  function candidates(vector: SparseVector): number[] {
    const touched: number[] = [];
    for (let feature = 0; feature < vector.indices.length; feature += 1) {
      const list = index.get(vector.indices[feature]!);
      if (list === undefined) continue;
      const value = vector.values[feature]!;
      for (let entry = 0; entry < list.at.length; entry += 1) {
        const at = list.at[entry]!;
        if (sums[at] === 0) touched.push(at);
        sums[at]! += value * list.value[entry]!;
      }
    }
    const possible = touched.filter((at) => sums[at]! + restLength[at]! >= minimum);
    for (const at of touched) sums[at] = 0;
    return possible;
  }

  return (vector) => {
    const found = candidates(vector)
      .map((at) => ({ at, likeness: cosine(vectors[at]!, vector) }))
      .filter(({ likeness }) => likeness >= minimum);
    if (vector.indices.length > 0) add(vector);
    else {
      vectors.push(vector);
      restLength.push(0);
      sums.push(0);
    }
    return found;
  };
}

/** Indices of both ascend. */
function cosine(left: SparseVector, right: SparseVector): number {
  let sum = 0;
  let other = 0;
  for (let at = 0; at < left.indices.length; at += 1) {
    const bucket = left.indices[at]!;
    while (other < right.indices.length && right.indices[other]! < bucket) other += 1;
    if (other === right.indices.length) break;
    if (right.indices[other] === bucket) sum += left.values[at]! * right.values[other]!;
  }
  return sum;
}
