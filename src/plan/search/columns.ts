import { groupBy } from "../../levers/index.js";
import type { PriceBook } from "../../pricing/contract.js";
import type { Workload } from "../../profile/contract.js";
import type { PicoUsd } from "../../shared/money.js";
import { costOf } from "../cost.js";
import { applyJointly } from "../joint.js";
import type { Candidate } from "./candidates.js";

/** What one model's requests in a cluster save under each choice for that model. */
export interface ModelColumn {
  readonly options: readonly { readonly candidate: Candidate | null; readonly saving: PicoUsd }[];
}

/** One combination of a cluster's cluster-wide changes, with every model's options beside it. */
export interface ClusterColumn {
  readonly shared: readonly Candidate[];
  readonly models: readonly ModelColumn[];
}

export interface ClusterChoices {
  readonly cluster: string;
  readonly columns: readonly ClusterColumn[];
}

/**
 * Prices every combination exactly, cluster by cluster. Levers act on each (cluster, model) without regard to any
 * other, so a cluster's saving under a combination of cluster-wide changes is the sum over its models, and only
 * combinations within one model need pricing. Each is a true joint costing, overlap and thresholds included.
 */
export function priceCombinations(
  workload: Workload,
  candidates: readonly Candidate[],
  book: PriceBook,
): { readonly clusters: readonly ClusterChoices[]; readonly priced: number } {
  let priced = 0;
  const byCluster = groupBy(candidates, (candidate) => candidate.proposal.cluster);
  const clusters = [...byCluster].map(([cluster, own]): ClusterChoices => {
    const units = splitByModel(workload, cluster);
    const shared = productOf(
      own.filter((candidate) => candidate.proposal.model === null),
      (candidate) => candidate.lever.id,
    );
    return {
      cluster,
      columns: shared.map((combination) => ({
        shared: combination,
        models: units.map((unit): ModelColumn => {
          const before = costOf(unit.workload, book).amount;
          const specific = productOf(
            own.filter((candidate) => isFor(candidate, unit)),
            () => "one change a model",
          );
          priced += specific.length;
          return {
            options: specific.map(([candidate]) => {
              const changes = candidate === undefined ? combination : [...combination, candidate];
              const after = costOf(applyJointly(unit.workload, changes, book), book).amount;
              return { candidate: candidate ?? null, saving: before - after };
            }),
          };
        }),
      })),
    };
  });
  return { clusters, priced };
}

interface Unit {
  readonly provider: string;
  readonly model: string;
  readonly workload: Workload;
}

/** The cells and reuse rows of a cluster, one workload a model. */
function splitByModel(workload: Workload, cluster: string): Unit[] {
  const cells = workload.cells.filter((cell) => cell.cluster === cluster);
  const groups = groupBy(cells, (cell) => JSON.stringify([cell.provider, cell.model]));
  return [...groups.values()].map((group) => {
    const { provider, model } = group[0]!;
    const isOwn = (row: { cluster: string; provider: string; model: string }) =>
      row.cluster === cluster && row.provider === provider && row.model === model;
    return {
      provider,
      model,
      workload: {
        ...workload,
        cells: group,
        exactReuse: workload.exactReuse.filter(isOwn),
        prefixReuse: workload.prefixReuse.filter(isOwn),
      },
    };
  });
}

function isFor({ proposal }: Candidate, unit: Unit): boolean {
  return proposal.model?.provider === unit.provider && proposal.model.model === unit.model;
}

/** Every way to choose at most one candidate a slot; the empty choice first. */
function productOf(
  candidates: readonly Candidate[],
  slotOf: (candidate: Candidate) => string,
): Candidate[][] {
  return [...groupBy(candidates, slotOf).values()].reduce<Candidate[][]>(
    (combinations, slot) =>
      combinations.flatMap((chosen) => [chosen, ...slot.map((candidate) => [...chosen, candidate])]),
    [[]],
  );
}
