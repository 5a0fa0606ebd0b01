import type { HardwareBook } from "../contract.js";
import type { PoolFound, ServerFound } from "../inventory.js";
import { acceleratorOf } from "./machines.js";

export interface Place {
  /** Address of a pool or endpoint; null: not known. */
  readonly address: string | null;
  /** What told so, or why it is not known. */
  readonly because: string;
}

/** Where a server runs: where it says so itself, by the labels that its node must have, or in the only GPU pool. */
export function placeOf(server: ServerFound, pools: readonly PoolFound[], hardware: HardwareBook): Place {
  const { address, nodeLabels } = server.placement;
  if (address !== null) return { address, because: "it is declared there" };
  const nodes = pools.filter(
    (pool) =>
      pool.kind === "node_pool" &&
      pool.status !== "leaving" &&
      (pool.markedGpu || acceleratorOf(pool, hardware) !== null),
  );
  if (nodes.length === 0) return { address: null, because: "no GPU node pool is in these files" };
  if (nodeLabels.length === 0) {
    return nodes.length === 1
      ? { address: nodes[0]!.address, because: "the only GPU node pool (assumed)" }
      : { address: null, because: `it names no node label, and there are ${nodes.length} GPU node pools` };
  }
  const fitting = nodes.filter((pool) => nodeLabels.every((label) => carries(pool, label, hardware)));
  if (fitting.length === 1) return { address: fitting[0]!.address, because: "its node labels" };
  return {
    address: null,
    because: `${fitting.length === 0 ? "no" : fitting.length} GPU node pool${fitting.length > 1 ? "s carry" : " carries"} its node labels`,
  };
}

const INSTANCE_LABEL = /instance-type$/;
const GPU_LABEL = /(gke-accelerator|instance-gpu-name|gpu\.product)$/;

function carries(
  pool: PoolFound,
  { key, value }: PoolFound["labels"][number],
  hardware: HardwareBook,
): boolean {
  if (pool.labels.some((label) => label.key === key && label.value === value)) return true;
  if (INSTANCE_LABEL.test(key)) return pool.instances.includes(value);
  if (!GPU_LABEL.test(key)) return false;
  return acceleratorOf(pool, hardware)?.name === hardware.accelerator(value).name;
}
