import type { PriceBook } from "../pricing/contract.js";
import type { Basis, Workload } from "../profile/contract.js";
import type { PicoUsd } from "../shared/money.js";

/**
 * A lever is a modelled effect: a pure function from a workload to the workload that would have been billed.
 * Cost is never computed by a lever; the planner prices the result with the code that prices the baseline.
 */
export interface Lever<P extends LeverParameters = LeverParameters> {
  /** Kebab-case, stable; used in plan.yaml. */
  readonly id: string;
  readonly name: string;
  readonly layer: Layer;
  /** Position in the causal order of composition; levers are applied by ascending stage. */
  readonly stage: CausalStage;
  /** Formula, units, source and assumptions in a few sentences, shown by the report. */
  readonly description: string;
  /** Every parameter point worth costing for this workload, within the policy. */
  propose(workload: Workload, limits: LeverLimits, book: PriceBook): readonly Proposal<P>[];
  /**
   * Changes only cells of the proposal's cluster (and of its model, where it names one), each model's cells without
   * regard to any other model's. The planner's exact search rests on it, and a test holds every lever to it.
   */
  apply(workload: Workload, proposal: Proposal<P>, book: PriceBook): Effect;
}

export const LAYERS = ["application", "serving", "infrastructure"] as const;
export type Layer = (typeof LAYERS)[number];

/** Fixed order in which effects compose: what runs earlier changes what later levers see. */
export const CAUSAL_STAGES = ["demand", "tokens", "model", "price", "serving", "infrastructure"] as const;
export type CausalStage = (typeof CAUSAL_STAGES)[number];

/** Flat and named by us; user data stands in values only. */
export type LeverParameters = Readonly<Record<string, string | number | boolean | null>>;

export interface Proposal<P extends LeverParameters = LeverParameters> {
  /** Cluster id. At most one proposal per (lever, cluster, model) is chosen. */
  readonly cluster: string;
  /** The only model whose cells it acts on; null: every cell of the cluster. */
  readonly model: ModelRef | null;
  readonly parameters: P;
  /** The policy attests the conditions of a structural change; absent: they are only assumed. */
  readonly attested?: boolean;
}

/** What the policy allows, in the form that levers need. */
export interface LeverLimits {
  allowsModel(provider: string, model: string): boolean;
  /** Clusters whose callers tolerate an answer within a day. */
  readonly batchTolerantClusters: ReadonlySet<string>;
  /** Clusters attested as deterministic: whole request in the key, temperature 0, no time- or user-dependent answer. */
  readonly exactCacheClusters: ReadonlySet<string>;
  readonly exactCacheMaximumTtlSeconds: number;
  /** Models that the user names as candidates, beside those that levers find. */
  readonly candidateModels: readonly { readonly provider: string; readonly model: string }[];
}

export interface Effect {
  readonly workload: Workload;
  /** Requests that would be answered or billed in another way. */
  readonly touchedRequests: number;
  /** One-off cost to put it in place, pico-USD, with its basis. */
  readonly oneOff: PicoUsd;
  readonly assumptions: readonly Assumption[];
  readonly evidence: Evidence;
}

export interface Assumption {
  readonly text: string;
  readonly basis: Basis;
}

/**
 * What must hold before the saving may be called certified.
 * `structural`: equal by construction under `conditions` (attested by the policy or only assumed).
 * `quality`: a non-inferiority test on the cluster, of `candidate` against `baseline`.
 */
export type Evidence =
  | { readonly kind: "structural"; readonly conditions: readonly string[]; readonly attested: boolean }
  | {
      readonly kind: "quality";
      readonly cluster: string;
      readonly baseline: ModelRef;
      readonly candidate: ModelRef;
    };

export interface ModelRef {
  readonly provider: string;
  readonly model: string;
}
