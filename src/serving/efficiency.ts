import type { Engine } from "./contract.js";

/**
 * What the hardware's peak is multiplied by, fitted on published measurements (scripts/fit-serving.mjs). `weights` 1.3
 * means that reading weights takes 1.3 times as long as the peak bandwidth would allow; the overheads are seconds.
 * One fitted set: no single one of them is a physical constant.
 */
export interface Coefficients {
  /** Seconds a decoding step, and a step and layer. */
  readonly step: number;
  readonly layer: number;
  /** Seconds a step and request in flight. */
  readonly sequence: number;
  /** Seconds an all-reduce. */
  readonly allReduce: number;
  readonly weights: number;
  readonly compute: number;
  readonly cache: number;
  readonly prefill: number;
  readonly prefillAttention: number;
  readonly link: number;
  /** Time to first token: seconds, steps, and seconds a request in flight. */
  readonly start: number;
  readonly startSteps: number;
  readonly startSequence: number;
  readonly ownPrefill: number;
  readonly ownAttention: number;
  readonly ownLink: number;
  /** Own prefills that a request waits for, for each other request in flight, and where prefill fills the time. */
  readonly together: number;
  readonly contention: number;
}

export type CoefficientName = keyof Coefficients;
type Factors = Readonly<Partial<Record<CoefficientName, number>>>;

/** Base values and what they are multiplied by; an engine or generation that is absent multiplies by 1. */
export interface Efficiency {
  readonly base: Coefficients;
  readonly mixture: Factors;
  readonly latent: Factors;
  readonly engines: Readonly<Partial<Record<Engine, Factors>>>;
  readonly generations: Readonly<Record<string, Factors>>;
}

/** The coefficients of one engine on one GPU generation for one kind of model. */
export function coefficientsOf(
  efficiency: Efficiency,
  kind: {
    readonly engine: Engine;
    readonly generation: string;
    readonly isMixture: boolean;
    readonly isLatent: boolean;
  },
): Coefficients {
  const factors = [
    efficiency.engines[kind.engine],
    efficiency.generations[kind.generation],
    kind.isMixture ? efficiency.mixture : undefined,
    kind.isLatent ? efficiency.latent : undefined,
  ];
  const product: Record<string, number> = { ...efficiency.base };
  for (const factor of factors) {
    if (factor === undefined) continue;
    for (const name in factor) product[name]! *= factor[name as CoefficientName]!;
  }
  return product as unknown as Coefficients;
}

/** Half-widths of 90 % intervals as logarithms: 0.2 is a factor of 1.22 either way. */
export interface Widths {
  readonly tpot: number;
  readonly ttft: number;
  readonly throughput: number;
}

/** Points measured alike; the factors are what they take beyond the fit, shrunk towards 1. */
export interface FittedGroup {
  readonly model: string;
  readonly engine: string;
  readonly gpu: string;
  readonly precision: string;
  readonly points: number;
  readonly tpot: number;
  readonly ttft: number;
}

export interface FittedPair extends Widths {
  readonly engine: string;
  readonly gpu: string;
}
