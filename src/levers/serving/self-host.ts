import type { CellKey, Workload, WorkloadCell } from "../../profile/contract.js";
import { breakEven } from "../../serving/break-even.js";
import type { Fleet } from "../../serving/contract.js";
import { groupBy, priceCells, sumOf } from "../cells.js";
import type {
  Assumption,
  Books,
  ClusterProposal,
  Effect,
  Evidence,
  Lever,
  LeverLimits,
  ModelRef,
} from "../contract.js";
import { meanShape } from "../fleet-changes.js";
import { blendedRate, shapeOf } from "../fleets.js";
import { isAlike } from "./potential-fleets.js";

export type SelfHostParameters = { readonly fleet: string };

/**
 * Sends the requests of one model in one cluster from an API to a fleet, in place or new.
 *
 * Formula: the cells of (cluster, model) lose their price and become load on the fleet; what that costs is the fleet's
 * replicas by hour (src/levers/fleets.ts), sized by the serving model. Prefix reuse goes along, as far as the fleet
 * keeps prefixes; prompt-cache tokens, batches and service tiers of the API end.
 * Stays: context classes that the model cannot hold, and shapes that no replica serves within the targets.
 * Evidence: quality, of the fleet's model against the API's; structural only where the API serves the very same
 * open weights and the fleet keeps their 16 bits, on the condition that the API does so too.
 */
export const selfHost: Lever<SelfHostParameters> = {
  id: "self-host",
  name: "Serve on own GPUs",
  layer: "serving",
  stage: "serving",
  risk: "high",
  effort: { setupHours: 80, hoursPerScope: 8 },
  description:
    "Requests of a cluster go from an API to an open-weight model on GPUs of your own, in place or new. The fleet is " +
    "sized for the busiest minute of every hour within the latency targets; people who run a new one are counted.",

  propose(workload, limits, books) {
    const api = workload.cells.filter(
      (cell) => cell.fleet === undefined && cell.routedFrom === undefined && cell.requests > 0,
    );
    const scopes = groupBy(api, (cell) => JSON.stringify([cell.cluster, cell.provider, cell.model]));
    return [...scopes.values()].flatMap((cells) => {
      const { cluster, provider, model } = cells[0]!;
      return workload.fleets
        .filter((fleet) => isCandidate({ provider, model }, fleet, workload, limits, books))
        .filter((fleet) => cells.some((cell) => isServed(cell, workload, fleet, books)))
        .map(
          (fleet): ClusterProposal<SelfHostParameters> => ({
            cluster,
            model: { provider, model },
            parameters: { fleet: fleet.id },
          }),
        );
    });
  },

  apply(workload, proposal: ClusterProposal<SelfHostParameters>, books): Effect {
    const fleet = workload.fleets.find(({ id }) => id === proposal.parameters.fleet)!;
    const baseline = proposal.model!;
    const own = workload.cells.filter((cell) => isOf(cell, proposal) && cell.fleet === undefined);
    const classes = new Set(
      own.filter((cell) => isServed(cell, workload, fleet, books)).map((cell) => classKey(cell)),
    );
    const moves = (key: CellKey): boolean => isOf(key, proposal) && classes.has(classKey(key));
    const moved = own.filter(moves);
    const to = { provider: fleet.provider, model: fleet.model };
    const routedFrom = `${baseline.provider}/${baseline.model}`;
    return {
      workload: {
        ...workload,
        cells: [
          ...workload.cells.filter((cell) => cell.fleet !== undefined || !moves(cell)),
          ...moved.map((cell) => ({ ...onFleet(cell, fleet), routedFrom })),
        ],
        prefixReuse: workload.prefixReuse.map((row) =>
          moves(row) ? { ...row, ...to, batch: false, routedFrom } : row,
        ),
      },
      touchedRequests: sumOf(moved, (cell) => cell.requests),
      oneOff: 0n,
      assumptions: [
        ...assumptionsOf(fleet, moved.length < own.length),
        ...breakEvenNote(moved, workload, fleet, books),
      ],
      evidence: evidenceOf(proposal, baseline, to, fleet, books),
    };
  },
};

function isOf(key: CellKey, { cluster, model }: ClusterProposal): boolean {
  return (
    key.cluster === cluster &&
    key.provider === model?.provider &&
    key.model === model.model &&
    key.routedFrom === undefined
  );
}

/** Fleets in place and models that the policy names stand for every model; others only for their like. */
function isCandidate(
  ref: ModelRef,
  fleet: Fleet,
  workload: Workload,
  limits: LeverLimits,
  books: Books,
): boolean {
  if (!fleet.potential || limits.selfHost.models !== null) return true;
  const model = books.hardware.model(fleet.serving.model);
  return model !== null && isAlike(ref, model, workload, books);
}

/** A batched cell and its live twin move or stay each by its own. */
function classKey({ contextClass, batch }: CellKey): string {
  return `${contextClass} ${batch}`;
}

function isServed(cell: WorkloadCell, workload: Workload, fleet: Fleet, books: Books): boolean {
  const context = books.hardware.model(fleet.serving.model)?.maximumContext ?? Number.POSITIVE_INFINITY;
  const bounds = books.thresholds.filter((bound) => bound > cell.contextClass);
  const largest = bounds.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...bounds);
  const shape = shapeOf(cell, workload, fleet);
  // A class that the context cuts moves only if its mean request fills at most half of it.
  const fits = largest <= context || (cell.contextClass < context && shape.inputTokens <= context / 2);
  return fits && books.hardware.capacity(fleet.serving, shape, fleet.targets).fits;
}

function onFleet(cell: WorkloadCell, fleet: Fleet): WorkloadCell {
  return {
    ...cell,
    provider: fleet.provider,
    model: fleet.model,
    fleet: fleet.id,
    endpoint: null,
    region: fleet.region,
    serviceTier: null,
    batch: false,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
  };
}

function evidenceOf(
  { cluster, attested = false }: ClusterProposal,
  baseline: ModelRef,
  candidate: ModelRef,
  fleet: Fleet,
  { hardware }: Books,
): Evidence {
  const same = hardware.model(baseline.model)?.id === fleet.serving.model;
  if (!same || fleet.serving.precision !== "bf16" || fleet.serving.kvPrecision !== "bf16")
    return { kind: "quality", cluster, baseline, candidate };
  return {
    kind: "structural",
    conditions: [
      `${baseline.provider} serves the weights of ${fleet.serving.model} in 16 bits, as the fleet does`,
      "same version, chat template and sampling parameters",
    ],
    attested,
  };
}

function assumptionsOf(fleet: Fleet, stays: boolean): Assumption[] {
  const { serving, rates } = fleet;
  const notes: (Assumption | false)[] = [
    {
      text: `Capacity of ${serving.model} ${serving.precision} on ${serving.gpusPerReplica} x ${serving.gpu} is estimated by the serving model; its interval is in the plan.`,
      basis: "estimated",
    },
    { text: `GPU prices: ${rates.source}.`, basis: rates.basis },
    {
      text: "The fleet's model writes answers of the same length and counts tokens alike.",
      basis: "assumed",
    },
    { text: "Storage, network egress and load balancers of the fleet are not counted.", basis: "assumed" },
    stays && { text: "Requests too long for the model or its targets stay on the API.", basis: "estimated" },
  ];
  return notes.filter((note) => note !== false);
}

/** Where a replica costs what the API asks for the requests that moved. */
function breakEvenNote(
  moved: readonly WorkloadCell[],
  workload: Workload,
  fleet: Fleet,
  books: Books,
): Assumption[] {
  const requests = sumOf(moved, (cell) => cell.requests);
  const shape = meanShape(moved, workload, fleet);
  if (shape === null) return [];
  const even = breakEven({
    capacity: books.hardware.capacity(fleet.serving, shape, fleet.targets),
    gpusPerReplica: fleet.serving.gpusPerReplica,
    gpuHour: blendedRate(fleet),
    operationsPerDay: 0n,
    apiRequest: priceCells(moved, books, workload.pricedAt) / BigInt(requests),
  });
  if (even === null || !Number.isFinite(even.utilisation.high)) return [];
  const percent = (share: number) => Math.round(share * 100);
  const { low, mid, high } = even.utilisation;
  return [
    {
      text: `Break-even: a replica costs what the API asks at ${percent(mid)} % of its capacity (${percent(low)} to ${percent(high)} %), people not counted; above 100 % never.`,
      basis: "estimated",
    },
  ];
}
