import type { WorkloadCell } from "../profile/contract.js";
import type { Lever, LeverParameters } from "./contract.js";

/**
 * The lever on cells of single requests only: what just sums over requests cover shows no reuse, lengths, conversations
 * or arrivals, so it stays as it is, and nothing is claimed on it.
 */
export function onSingleRequests<P extends LeverParameters>(lever: Lever<P>): Lever<P> {
  return leaving(lever, ({ grain }) => grain !== undefined);
}

/**
 * The lever on every cell whose requests are counted: a quality test weighs a change by its share of requests, which
 * sums that do not say how many they are do not have.
 */
export function onCountedRequests<P extends LeverParameters>(lever: Lever<P>): Lever<P> {
  return leaving(lever, ({ grain }) => grain === "uncounted");
}

function leaving<P extends LeverParameters>(
  lever: Lever<P>,
  isLeft: (cell: WorkloadCell) => boolean,
): Lever<P> {
  return {
    ...lever,
    propose(workload, limits, books) {
      if (!workload.cells.some(isLeft)) return lever.propose(workload, limits, books);
      const cells = workload.cells.filter((cell) => !isLeft(cell));
      return lever.propose({ ...workload, cells }, limits, books);
    },
    apply(workload, proposal, books) {
      const left = workload.cells.filter(isLeft);
      if (left.length === 0) return lever.apply(workload, proposal, books);
      const cells = workload.cells.filter((cell) => !isLeft(cell));
      const effect = lever.apply({ ...workload, cells }, proposal, books);
      return { ...effect, workload: { ...effect.workload, cells: [...effect.workload.cells, ...left] } };
    },
  };
}
