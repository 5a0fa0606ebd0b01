import type { Group } from "./route-groups.mjs";

export function knapsack(
  groups: readonly Group[],
): (limit: number) => { readonly groups: string[]; readonly calls: number; readonly loss: number } | null;
