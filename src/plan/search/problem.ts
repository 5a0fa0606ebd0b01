import type { Books, Effort, Lever } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import type { Fleet } from "../../serving/contract.js";
import type { PicoUsd } from "../../shared/money.js";
import type { Candidate } from "./candidates.js";

/**
 * The planner's decision problem, free of levers: every cluster takes one combination, every model in it one option,
 * every fleet one configuration. Costs of options are exact; fleets couple clusters only through their load.
 */
export interface Problem {
  readonly clusters: readonly ClusterBlock[];
  readonly fleets: readonly FleetBlock[];
  readonly terms: Terms;
  /** Combinations that were priced. */
  readonly priced: number;
  /** Clusters of which not every combination was priced. */
  readonly unpriced: readonly string[];
  /** Fleets of which not every configuration was weighed. */
  readonly unweighed: readonly string[];
}

export interface ClusterBlock {
  readonly cluster: string;
  readonly combinations: readonly Combination[];
}

/** Cluster-wide changes, with every model's options beside them. */
export interface Combination {
  readonly shared: readonly Candidate[];
  /** One entry a model of the cluster; the entries' order is the same in all combinations. */
  readonly units: readonly (readonly Option[])[];
}

/** One way to treat the requests of one (cluster, model). */
export interface Option {
  /** Changes of this model only; the combination's shared ones come on top. */
  readonly changes: readonly Candidate[];
  /** List cost of what APIs answer, over the observed span. */
  readonly cost: PicoUsd;
  /** The requests that fleets answer; null: none. */
  readonly served: Workload | null;
  readonly feeds: readonly string[];
  /** Fleets among `feeds` that these requests were not on before. */
  readonly joins: readonly string[];
  /** Whether a change of these requests needs proof, the combination's shared ones included. */
  readonly proving: boolean;
}

export interface FleetBlock {
  readonly fleet: string;
  readonly configs: readonly FleetConfig[];
}

export interface FleetConfig {
  readonly changes: readonly Candidate[];
  readonly fleet: Fleet;
}

/** What turns people's hours, one-off cost and limits into the objective. */
export interface Terms {
  readonly books: Books;
  /** Observed span, hours. */
  readonly hours: number;
  readonly effortOf: (lever: Lever) => Effort;
  /** One-off pico-USD as the part that the observed span carries. */
  readonly amortise: (oneOff: PicoUsd) => PicoUsd;
  /** Pico-USD of people's hours. */
  readonly people: (hours: number) => PicoUsd;
  /**
   * Loss on a candidate's requests that must be put at risk, among so many questions; null: beyond proof. Never less
   * for more questions.
   */
  readonly floorOf: (candidate: Candidate, family: number) => number | null;
  /** Why the policy forbids these changes together; null where it allows them. */
  readonly breach: (changes: readonly Candidate[]) => string | null;
}

/** Indexes into a problem: the combination and the options of each cluster, the configuration of each fleet. */
export interface Selection {
  readonly clusters: readonly { readonly combination: number; readonly options: readonly number[] }[];
  readonly fleets: readonly number[];
}

/** A candidate that needs proof; at most one acts on any request, since certificates of two do not add up. */
export const needsProof = (candidate: Candidate): boolean => candidate.question !== null;

/** A candidate whose question takes a share of alpha: an earlier round has not fixed its margin. */
export const asksAnew = ({ question }: Candidate): boolean =>
  question !== null && question.fixedMargin === undefined;

/**
 * Whether a fleet whose own answers are being proven may not get what an option sends: certificates of two changes to
 * the same answers do not add up, and nothing joins a fleet that is being proven.
 */
export const barsProof = ({ feeds, joins, proving }: Option, fleet: string): boolean =>
  feeds.includes(fleet) && (proving || joins.includes(fleet));

/** The selection that changes nothing: everywhere the first. */
export function nothing({ clusters, fleets }: Problem): Selection {
  return {
    clusters: clusters.map(({ combinations }) => ({
      combination: 0,
      options: combinations[0]!.units.map(() => 0),
    })),
    fleets: fleets.map(() => 0),
  };
}

/** The options of that selection: every model's requests as they are. */
export function observedOptions(clusters: readonly ClusterBlock[]): Option[] {
  return clusters.flatMap(({ combinations }) => combinations[0]!.units.map((unit) => unit[0]!));
}

/** Every change of a selection, each once. */
export function changesOf(problem: Problem, selection: Selection): Candidate[] {
  const ofClusters = selection.clusters.flatMap(({ combination, options }, index) => {
    const { shared, units } = problem.clusters[index]!.combinations[combination]!;
    return [...shared, ...units.flatMap((unit, place) => unit[options[place]!]!.changes)];
  });
  const ofFleets = selection.fleets.flatMap(
    (config, index) => problem.fleets[index]!.configs[config]!.changes,
  );
  return [...ofClusters, ...ofFleets];
}
