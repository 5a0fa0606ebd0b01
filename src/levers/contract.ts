import type { PriceBook } from "../pricing/contract.js";
import type { Basis, Workload } from "../profile/contract.js";
import type { HardwareBook, LatencyTargets } from "../serving/contract.js";
import type { PicoUsd } from "../shared/money.js";

/** Everything that turns tokens and GPU-hours into money. */
export interface Books extends PriceBook {
  readonly hardware: HardwareBook;
}

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
  /** What may go wrong when the change is made; the policy's risk appetite is held against it. */
  readonly risk: Risk;
  /** People's time to put it in place; basis: assumed, the policy can override it. */
  readonly effort: Effort;
  /** Every parameter point worth costing for this workload, within the policy. */
  propose(workload: Workload, limits: LeverLimits, books: Books): readonly Proposal<P>[];
  /**
   * A cluster proposal changes only cells of its cluster (and of its model, where it names one), each model's cells
   * without regard to any other model's; a fleet proposal changes only its fleet. The planner's exact search rests on
   * it, and a test holds every lever to it.
   */
  apply(workload: Workload, proposal: Proposal<P>, books: Books): Effect;
}

export const RISKS = ["low", "medium", "high"] as const;
export type Risk = (typeof RISKS)[number];

/** Engineering hours: once for the first use of the lever, and again for every scope it is used on. */
export interface Effort {
  readonly setupHours: number;
  readonly hoursPerScope: number;
}

export const LAYERS = ["application", "serving", "infrastructure"] as const;
export type Layer = (typeof LAYERS)[number];

/** Fixed order in which effects compose: what runs earlier changes what later levers see. */
export const CAUSAL_STAGES = ["demand", "tokens", "model", "price", "serving", "infrastructure"] as const;
export type CausalStage = (typeof CAUSAL_STAGES)[number];

/** Flat and named by us; user data stands in values only. */
export type LeverParameters = Readonly<Record<string, string | number | boolean | null>>;

/** A change of how one cluster's requests are asked, answered or billed. */
export interface ClusterProposal<P extends LeverParameters = LeverParameters> {
  /** Cluster id. At most one proposal per (lever, cluster, model) is chosen. */
  readonly cluster: string;
  readonly fleet?: null;
  /** The only model whose cells it acts on; null: every cell of the cluster. */
  readonly model: ModelRef | null;
  readonly parameters: P;
  /** The policy attests the conditions of a structural change; absent: they are only assumed. */
  readonly attested?: boolean;
}

/** A change of how one fleet serves or is bought. */
export interface FleetProposal<P extends LeverParameters = LeverParameters> {
  readonly cluster: null;
  /** Fleet id. At most one proposal per (lever, fleet) is chosen. */
  readonly fleet: string;
  readonly model: null;
  readonly parameters: P;
  readonly attested?: boolean;
}

export type Proposal<P extends LeverParameters = LeverParameters> = ClusterProposal<P> | FleetProposal<P>;

/** What the policy allows, in the form that levers need. */
export interface LeverLimits {
  /** Whether requests may be sent to a model; with a cluster, also by the rules of the tenant it belongs to. */
  allowsModel(provider: string, model: string, cluster?: string): boolean;
  /** Clusters whose callers tolerate an answer within a day. */
  readonly batchTolerantClusters: ReadonlySet<string>;
  /** Clusters attested as deterministic: whole request in the key, temperature 0, no time- or user-dependent answer. */
  readonly exactCacheClusters: ReadonlySet<string>;
  readonly exactCacheMaximumTtlSeconds: number;
  /** Models that the user names as candidates, beside those that levers find. */
  readonly candidateModels: readonly { readonly provider: string; readonly model: string }[];
  /** Clusters whose callers tolerate a slower answer of minutes (flex tiers). */
  readonly flexTolerantClusters: ReadonlySet<string>;
  readonly selfHost: SelfHostLimits;
  /** Whether capacity may be bought there; data residency is part of it. */
  allowsRegion(cloud: string, region: string): boolean;
  /** Longest commitment, months; 0: none. */
  readonly maximumCommitmentMonths: number;
  /** Largest commitment, pico-USD a month; null: no limit. */
  readonly maximumCommitmentPicoUsdMonth: PicoUsd | null;
  /** Share of a fleet that may run on spot, 0..1. */
  readonly maximumSpotShare: number;
}

/** What the policy allows of self-hosting. */
export interface SelfHostLimits {
  /** False: no new fleet; fleets in place may still change. */
  readonly allowed: boolean;
  /** Ids of open-weight models; null: those of the same capability class as the models in use. */
  readonly models: readonly string[] | null;
  readonly targets: LatencyTargets;
  /** People who keep a new fleet running, pico-USD a month. */
  readonly operationsPicoUsdMonth: PicoUsd;
}

export interface Effect {
  readonly workload: Workload;
  /** Requests that would be answered or billed in another way. */
  readonly touchedRequests: number;
  /** One-off cost beyond people's time (`Lever.effort`), pico-USD: training, migration; 0 for most. */
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
 * `quality`: a non-inferiority test on the cluster, of `candidate` against `baseline`; both models are equal where
 * only the request changes.
 */
export type Evidence =
  | { readonly kind: "structural"; readonly conditions: readonly string[]; readonly attested: boolean }
  | {
      readonly kind: "quality";
      readonly cluster: string;
      readonly baseline: ModelRef;
      readonly candidate: ModelRef;
      /**
       * What the candidate answers differently where it is not only another model: `context-window:4`. Absent: the
       * candidate model gets the very same request. `run` needs recorded answers for a variant.
       */
      readonly variant?: string;
    }
  /** As `quality`, for everything that one fleet answers. */
  | { readonly kind: "fleet-quality"; readonly fleet: string; readonly variant: string };

export interface ModelRef {
  readonly provider: string;
  readonly model: string;
}
