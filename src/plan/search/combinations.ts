import { type Books, groupBy } from "../../levers/index.js";
import { type CellKey, SIDE_TABLES, type Workload } from "../../profile/contract.js";
import { apiCostOf } from "../cost.js";
import { applyChange, compareCausally } from "../joint.js";
import type { Candidate } from "./candidates.js";
import { dropDominated } from "./dominance.js";
import { type ClusterBlock, needsProof, type Option, type Terms } from "./problem.js";

/**
 * Combinations of one cluster that are priced at most. Beyond, the parameter points that save least alone are left
 * out, and what they could have saved is part of the printed gap.
 */
export const MAXIMUM_COMBINATIONS = 20_000;

export interface PricedCluster {
  readonly block: ClusterBlock;
  readonly priced: number;
  /** False where parameter points were left out. */
  readonly isWhole: boolean;
}

/**
 * Prices every combination of one cluster's changes exactly. Levers act on each (cluster, model) without regard to any
 * other, so combinations are priced model by model; each is a true joint costing, overlap and thresholds included.
 */
export function priceCluster(
  workload: Workload,
  cluster: string,
  candidates: readonly Candidate[],
  terms: Terms,
): PricedCluster {
  const { books } = terms;
  const units = splitByModel(workload, cluster);
  const { kept, dropped } = withinLimit(candidates, units);
  const shared = productOf(kept.filter(({ proposal }) => proposal.model === null));
  let priced = 0;
  const trials = units.map((unit) => memoisedTrials(unit.workload, books));
  const combinations = shared.map((combination) => ({
    shared: combination,
    units: units.map((unit, place) => {
      const proven = combination.some(needsProof);
      const own = productOf(kept.filter((candidate) => isFor(candidate, unit))).filter(
        (changes) => !proven || !changes.some(needsProof),
      );
      priced += own.length;
      return dropDominated(
        own.map((changes): Option => trials[place]!(combination, changes)),
        terms,
      );
    }),
  }));
  return { block: { cluster, combinations }, priced, isWhole: dropped === 0 };
}

interface Unit {
  readonly provider: string;
  readonly model: string;
  readonly workload: Workload;
}

/** The cells and side-table rows of a cluster, one workload a model. */
export function splitByModel(workload: Workload, cluster: string): Unit[] {
  const cells = workload.cells.filter((cell) => cell.cluster === cluster);
  const groups = groupBy(cells, (cell) => JSON.stringify([cell.provider, cell.model]));
  return [...groups.values()].map((group) => {
    const { provider, model } = group[0]!;
    const own = (rows: readonly CellKey[]) =>
      rows.filter((row) => row.cluster === cluster && row.provider === provider && row.model === model);
    return {
      provider,
      model,
      workload: {
        ...workload,
        cells: group,
        ...Object.fromEntries(SIDE_TABLES.map((table) => [table, own(workload[table])])),
      },
    };
  });
}

function isFor({ proposal }: Candidate, unit: Unit): boolean {
  return proposal.model?.provider === unit.provider && proposal.model.model === unit.model;
}

/** Every set with at most one candidate a lever and at most one that needs proof; the empty set first. */
export function productOf(candidates: readonly Candidate[]): Candidate[][] {
  return [...groupBy(candidates, ({ lever }) => lever.id).values()].reduce<Candidate[][]>(
    (sets, slot) =>
      sets.flatMap((chosen) => [
        chosen,
        ...slot
          .filter((candidate) => !needsProof(candidate) || !chosen.some(needsProof))
          .filter((candidate) => isCompatible(candidate, chosen))
          .map((candidate) => [...chosen, candidate]),
      ]),
    [[]],
  );
}

/** Two changes of the model stage would move the same requests twice. */
function isCompatible({ lever }: Candidate, chosen: readonly Candidate[]): boolean {
  return lever.stage !== "model" || chosen.every((other) => other.lever.stage !== "model");
}

/** Drops the points that save least alone until the cluster's combinations are few enough. */
function withinLimit(
  candidates: readonly Candidate[],
  units: readonly Unit[],
): { readonly kept: readonly Candidate[]; readonly dropped: number } {
  const bySaving = [...candidates].sort((a, b) =>
    a.standalone === b.standalone ? 0 : a.standalone > b.standalone ? -1 : 1,
  );
  let kept = bySaving;
  while (kept.length > 0 && countOf(kept, units) > MAXIMUM_COMBINATIONS) kept = kept.slice(0, -1);
  // In the given order, so that what is kept does not depend on how savings tie.
  const isKept = new Set(kept);
  return {
    kept: candidates.filter((candidate) => isKept.has(candidate)),
    dropped: candidates.length - kept.length,
  };
}

function countOf(candidates: readonly Candidate[], units: readonly Unit[]): number {
  const shared = setsOf(candidates.filter(({ proposal }) => proposal.model === null));
  return units.reduce((sum, unit) => {
    const own = setsOf(candidates.filter((candidate) => isFor(candidate, unit)));
    return sum + shared.plain * (own.plain + own.proven) + shared.proven * own.plain;
  }, 0);
}

/** How many sets `productOf` makes at most, without and with a change that needs proof. */
function setsOf(candidates: readonly Candidate[]): { plain: number; proven: number } {
  let [plain, proven] = [1, 0];
  for (const slot of groupBy(candidates, ({ lever }) => lever.id).values()) {
    const asking = slot.filter(needsProof).length;
    const free = slot.length - asking;
    proven = proven * (1 + free) + plain * asking;
    plain *= 1 + free;
  }
  return { plain, proven };
}

interface Trial {
  readonly workload: Workload;
  readonly next: Map<Candidate, Trial>;
}

/** Applies sets of changes to one workload; sets that begin alike share the beginning. */
function memoisedTrials(
  workload: Workload,
  books: Books,
): (shared: readonly Candidate[], own: readonly Candidate[]) => Option {
  const root: Trial = { workload, next: new Map() };
  const before = new Set(workload.cells.map((cell) => cell.fleet));
  return (shared, own) => {
    let trial = root;
    for (const change of [...shared, ...own].sort(compareCausally)) {
      let next = trial.next.get(change);
      if (next === undefined) {
        next = { workload: applyChange(trial.workload, change, books), next: new Map() };
        trial.next.set(change, next);
      }
      trial = next;
    }
    const { cells } = trial.workload;
    const onFleets = cells.filter((cell) => cell.fleet !== undefined);
    const feeds = [...new Set(onFleets.map((cell) => cell.fleet!))].sort();
    return {
      changes: own,
      cost: apiCostOf(trial.workload, books),
      served: feeds.length === 0 ? null : { ...trial.workload, cells: onFleets },
      feeds,
      joins: feeds.filter((fleet) => !before.has(fleet)),
      proving: [...shared, ...own].some(needsProof),
    };
  };
}
