import type { AllocationName } from "../contract.js";
import type { Allocation } from "./allocation.js";
import { roundRobin } from "./round-robin.js";
import { savingWeighted } from "./saving-weighted.js";
import { successiveElimination } from "./successive-elimination.js";
import { topTwo } from "./top-two.js";

const BY_NAME: Readonly<Record<AllocationName, Allocation>> = {
  "saving-weighted": savingWeighted,
  "round-robin": roundRobin,
  "successive-elimination": successiveElimination,
  "top-two": topTwo,
};

/** Every allocation, the default first. */
export const ALLOCATIONS: readonly Allocation[] = Object.values(BY_NAME);

export const DEFAULT_ALLOCATION = savingWeighted;

export function allocationNamed(name: AllocationName): Allocation {
  return BY_NAME[name];
}
