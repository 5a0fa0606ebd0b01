import { relative, resolve, sep } from "node:path";
import { optionsFor } from "../collect/collect.js";
import type { CollectOptions } from "../collect/contract.js";
import type { Selected } from "../collect/select.js";
import { endpointUsage } from "../events/endpoint-usage.js";
import {
  describeInfrastructure,
  type Infrastructure,
  loadHardwareBook,
  proposeFleets,
} from "../serving/index.js";
import { writeAtomically } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import type { Workspace } from "../shared/workspace.js";
import { exists, withEngine } from "./open.js";

export interface DiscoveredInfrastructure {
  readonly infrastructure: Infrastructure;
  /** Files written beside discovered.yaml. */
  readonly written: readonly string[];
}

/** Sources are relative to the folder that was searched; of named inputs it is not known here. */
function baseOf({ inputs, searchDir }: CollectOptions, { dir }: Workspace): string | null {
  if (inputs.length > 0) return null;
  return (
    relative(dir, resolve(searchDir ?? dir))
      .split(sep)
      .join("/") || "."
  );
}

/**
 * Whether a discovery without a single request still found what it was for. A platform that is asked for its calls and
 * lists its endpoints only has not answered.
 */
export function declaresAnything(found: DiscoveredInfrastructure | null): boolean {
  if (found === null) return false;
  const { sources, pools, endpoints, servers, undecided } = found.infrastructure;
  const live = new Set(sources.flatMap(({ file, kind }) => (kind === "live" ? [file] : [])));
  const declared = endpoints.filter(({ source }) => !live.has(source));
  return pools.length + declared.length + servers.length + undecided.length > 0;
}

/**
 * What the selected sources declare to run, priced, with the requests of the workspace's events that went there; null
 * where none of them declares anything. Model servers of one's own become `fleet.discovered.yaml`, a proposal that
 * nothing reads; fleet.yaml is never touched.
 */
export async function discoverInfrastructure(
  selected: readonly Selected[],
  request: CollectOptions,
  workspace: Workspace,
  context: Context,
): Promise<DiscoveredInfrastructure | null> {
  const asked = await Promise.all(
    selected.map((entry) => entry.collector.inventory?.(optionsFor(entry, request), context) ?? null),
  );
  const inventories = asked.filter((inventory) => inventory !== null);
  if (inventories.length === 0) return null;
  const hardware = await loadHardwareBook(
    (await exists(workspace.hardware)) ? { overrides: workspace.hardware } : {},
  );
  const usage = (await exists(workspace.events))
    ? await withEngine(workspace, context, (engine) => endpointUsage(engine, workspace.events))
    : [];
  const infrastructure = describeInfrastructure(inventories, usage, hardware);
  const proposal = proposeFleets(infrastructure, hardware, baseOf(request, workspace));
  if (proposal === null) return { infrastructure, written: [] };
  await writeAtomically(workspace.fleetProposal, proposal);
  return { infrastructure, written: [workspace.fleetProposal] };
}
