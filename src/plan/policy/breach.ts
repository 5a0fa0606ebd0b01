import type { Books } from "../../levers/index.js";
import { HOURS_PER_MONTH, type Workload, type WorkloadCell } from "../../profile/contract.js";
import type { Fleet } from "../../serving/contract.js";
import { formatUsd, type PicoUsd } from "../../shared/money.js";
import type { Access } from "./access.js";
import type { ClusterRules } from "./clusters.js";
import { usd } from "./economics.js";
import type { Policy } from "./load-policy.js";

export interface BreachInput {
  readonly policy: Policy;
  /** As observed: what is in place already is never refused, only what a change would add. */
  readonly workload: Workload;
  readonly book: Books;
  readonly access: Access;
  readonly clusters: ClusterRules;
}

/**
 * Why the policy forbids a changed workload; null where it allows it. Holds for one change as for many together: some
 * combinations break a rule that each part keeps (a tenant's requests on a fleet that moves abroad).
 */
export function breachOf(input: BreachInput): (changed: Workload) => string | null {
  const { workload } = input;
  // Most cells of a changed workload are those observed, so that the rest alone is looked at.
  const observed = new Set(workload.cells);
  const seen = new Set(workload.cells.map(destination));
  const before = new Map(workload.fleets.map((fleet) => [fleet.id, fleet]));
  const committedBefore = commitment(workload.fleets);
  return (changed) => {
    const fleets = new Map(changed.fleets.map((fleet) => [fleet.id, fleet]));
    for (const cell of changed.cells) {
      const moved = cell.fleet !== undefined && hasMoved(before.get(cell.fleet), fleets.get(cell.fleet));
      if (!moved && (observed.has(cell) || seen.has(destination(cell)))) continue;
      if (cell.requests === 0) continue;
      const fleet = cell.fleet === undefined ? undefined : fleets.get(cell.fleet);
      const reason = fleet === undefined ? apiRefusal(input, cell) : ownRefusal(input, cell, fleet);
      if (reason !== null) return reason;
    }
    for (const fleet of changed.fleets) {
      const reason: string | null = fleetRefusal(input, before.get(fleet.id), fleet);
      if (reason !== null) return reason;
    }
    return commitmentRefusal(input.policy, committedBefore, commitment(changed.fleets));
  };
}

function destination({ cluster, provider, model, region, fleet }: WorkloadCell): string {
  return JSON.stringify([cluster, provider, model, region, fleet ?? null]);
}

function hasMoved(before: Fleet | undefined, after: Fleet | undefined): boolean {
  return before?.region !== after?.region || before?.cloud !== after?.cloud;
}

function apiRefusal(
  { access, clusters, policy, workload, book }: BreachInput,
  cell: WorkloadCell,
): string | null {
  const cluster = clusters.byId.get(cell.cluster);
  const { provider, model, region } = cell;
  const reason =
    access.modelRefusal(provider, model, cluster) ??
    (region === null ? null : access.regionRefusal(null, region, cluster));
  if (reason !== null) return reason;
  const { p95Ms } = policy.latency;
  if (p95Ms === null || toleratesDelay(clusters, cell.cluster)) return null;
  const rowOf = (name: Pick<WorkloadCell, "provider" | "model">) =>
    book.find({ provider: name.provider, model: name.model, at: workload.pricedAt })?.row;
  const row = rowOf(cell);
  // Dated and plain names of one model share a price row.
  const seen = workload.latencies?.find(
    (known) =>
      (known.provider === provider && known.model === model) || (row !== undefined && rowOf(known) === row),
  );
  return seen !== undefined && seen.p95Ms > p95Ms
    ? `${provider}/${model} answers within ${Math.round(seen.p95Ms)} ms at p95 in the log, the policy asks for ${p95Ms} (latency.p95_ms)`
    : null;
}

export function toleratesDelay(clusters: ClusterRules, cluster: string): boolean {
  return clusters.batchTolerant.has(cluster) || clusters.flexTolerant.has(cluster);
}

function ownRefusal(
  { access, clusters, policy, book }: BreachInput,
  cell: WorkloadCell,
  fleet: Fleet,
): string | null {
  const cluster = clusters.byId.get(cell.cluster);
  if (fleet.potential && !policy.selfHost.allowed) {
    return "the policy allows no new fleet (self_host.allowed)";
  }
  const spec = book.hardware.model(fleet.serving.model);
  const names = [fleet.serving.model, fleet.model, ...(spec?.aliases ?? [])];
  const isNamed =
    policy.selfHost.models?.some((name) => spec !== null && book.hardware.model(name)?.id === spec.id) ??
    false;
  return (
    access.ownModelRefusal(names, isNamed, cluster) ??
    access.regionRefusal(fleet.cloud, fleet.region, cluster)
  );
}

function fleetRefusal(
  { access, policy }: BreachInput,
  before: Fleet | undefined,
  fleet: Fleet,
): string | null {
  const { commitment, spot } = policy;
  if (before !== undefined && hasMoved(before, fleet)) {
    const reason = access.regionRefusal(fleet.cloud, fleet.region);
    if (reason !== null) return reason;
  }
  if (fleet.spotShare > spot.maximumShare && fleet.spotShare > (before?.spotShare ?? 0)) {
    return `more of the fleet on spot than the policy allows: ${fleet.spotShare} above ${spot.maximumShare} (spot.maximum_share)`;
  }
  const months = fleet.committed?.termMonths ?? 0;
  return months > commitment.maximumMonths && months > (before?.committed?.termMonths ?? 0)
    ? `a commitment of ${months} months is longer than the policy allows: ${commitment.maximumMonths} (commitment.maximum_months)`
    : null;
}

/** What all commitments cost, pico-USD a month. */
function commitment(fleets: readonly Fleet[]): PicoUsd {
  return fleets.reduce(
    (sum, { committed }) =>
      committed === null ? sum : sum + BigInt(committed.gpus) * committed.rate * BigInt(HOURS_PER_MONTH),
    0n,
  );
}

function commitmentRefusal(
  { commitment: { maximumUsdMonth } }: Policy,
  before: PicoUsd,
  after: PicoUsd,
): string | null {
  if (maximumUsdMonth === null || after <= before) return null;
  return after > usd(maximumUsdMonth)
    ? `commitments of ${formatUsd(after)} a month are more than the policy allows: ${formatUsd(usd(maximumUsdMonth))} (commitment.maximum_usd_month)`
    : null;
}
