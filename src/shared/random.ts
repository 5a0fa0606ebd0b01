/**
 * Seeded pseudo-random numbers (xoshiro128**, Blackman and Vigna 2018), so that equal seeds give equal bytes
 * on every machine. Not for secrets.
 */
export interface Random {
  /** Uniform in [0, 1) with 32 bits. */
  next(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Fisher-Yates; returns a new array. */
  shuffle<T>(items: readonly T[]): T[];
  /** Independent stream named by `label`; equal labels give equal streams. */
  fork(label: string): Random;
}

/** FNV-1a over UTF-16 code units: a stable 32-bit number for a seed label. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}

const rotateLeft = (value: number, bits: number): number => ((value << bits) | (value >>> (32 - bits))) >>> 0;

export function createRandom(seed: number | string): Random {
  const numericSeed = typeof seed === "number" ? seed >>> 0 : hash32(seed);
  const mix = splitMix32(numericSeed);
  let [a, b, c, d] = [mix(), mix(), mix(), mix()];
  const nextInteger = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5) >>> 0, 7), 9) >>> 0;
    const shifted = (b << 9) >>> 0;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d >>> 0, 11);
    a >>>= 0;
    b >>>= 0;
    c >>>= 0;
    return result;
  };
  const random: Random = {
    next: () => nextInteger() / 0x1_0000_0000,
    integer: (bound) => Math.floor((nextInteger() / 0x1_0000_0000) * bound),
    normal: () => {
      const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
      return radius * Math.cos(2 * Math.PI * random.next());
    },
    shuffle: (items) => {
      const copy = [...items];
      for (let last = copy.length - 1; last > 0; last -= 1) {
        const other = random.integer(last + 1);
        [copy[last], copy[other]] = [copy[other]!, copy[last]!];
      }
      return copy;
    },
    fork: (label) => createRandom(hash32(`${numericSeed}/${label}`)),
  };
  return random;
}
