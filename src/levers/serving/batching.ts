import type { Fleet, KvPrecision, RequestShape } from "../../serving/contract.js";
import type { Books, Effect, Evidence, FleetProposal, Lever } from "../contract.js";
import { changeFleet, fleetProposal, rateOf, typicalShape, WORTH_TRYING } from "../fleet-changes.js";

export type BatchingParameters = { readonly maximumBatch: number; readonly kvPrecision: KvPrecision };

/** What engines are run with: vLLM's max_num_seqs and the like. */
const GRID = [64, 128, 256, 512, 1024] as const;

const CONDITIONS = [
  "same weights, precision and sampling parameters; only how many requests run together changes",
];

/**
 * Lets a replica decode more requests together.
 *
 * Formula: capacity = requests in flight / time in the system; the largest batch within memory and the latency targets,
 * at most the engine's limit. Proposed: the smallest limit that no longer binds, and the key-value cache in fp8, which
 * halves its bytes, where the GPU has fp8 units; each where a replica carries 5 % more.
 * Source: the serving model (src/serving). Evidence: structural for the limit; quality over the fleet for the cache.
 */
export const batching: Lever<BatchingParameters> = {
  id: "batching",
  name: "Batch more requests",
  layer: "serving",
  stage: "serving",
  risk: "low",
  effort: { setupHours: 6, hoursPerScope: 2 },
  description:
    "Replicas decode more requests together: a higher limit where it binds, and a key-value cache in fp8 where memory " +
    "does. Latency targets are kept; the fp8 cache must be compared by `run`.",

  propose(workload, _limits, books) {
    return workload.fleets.flatMap((fleet) => {
      const shape = typicalShape(workload, fleet);
      return pointsOf(fleet, shape, books).map((parameters) => fleetProposal(fleet, parameters));
    });
  },

  apply(workload, proposal: FleetProposal<BatchingParameters>): Effect {
    const { maximumBatch, kvPrecision } = proposal.parameters;
    const before = workload.fleets.find(({ id }) => id === proposal.fleet)!.serving.kvPrecision;
    const structural: Evidence = {
      kind: "structural",
      conditions: CONDITIONS,
      attested: proposal.attested ?? false,
    };
    return changeFleet(
      workload,
      proposal,
      (fleet) => ({ ...fleet, serving: { ...fleet.serving, maximumBatch, kvPrecision } }),
      {
        assumptions: [
          {
            text: "What a replica carries at the larger batch follows from the serving model.",
            basis: "estimated",
          },
        ],
        evidence:
          before === kvPrecision
            ? structural
            : { kind: "fleet-quality", fleet: proposal.fleet, variant: `kv-cache:${kvPrecision}` },
      },
    );
  },
};

function pointsOf(fleet: Fleet, shape: RequestShape | null, books: Books): BatchingParameters[] {
  const { maximumBatch, kvPrecision, gpu } = fleet.serving;
  const rate = (parameters: BatchingParameters) =>
    rateOf(fleet, shape, books, { ...fleet.serving, ...parameters });
  const now = rate({ maximumBatch, kvPrecision });
  const larger = (kv: KvPrecision): BatchingParameters =>
    [maximumBatch, ...GRID.filter((limit) => limit > maximumBatch)]
      .map((limit) => ({ maximumBatch: limit, kvPrecision: kv }))
      .reduce((best, point) => (rate(point) > rate(best) ? point : best));
  const hasFp8 = (books.hardware.gpu(gpu)?.fp8FlopsPerSecond ?? null) !== null;
  const limit = larger(kvPrecision);
  // New fleets are proposed at each precision; their cache stays at 16 bits until one is in place.
  const smaller = hasFp8 && kvPrecision === "bf16" && !fleet.potential ? [larger("fp8")] : [];
  const best = Math.max(now, rate(limit));
  return [
    ...(rate(limit) > now * WORTH_TRYING ? [limit] : []),
    ...smaller.filter((point) => rate(point) > best * WORTH_TRYING),
  ];
}
