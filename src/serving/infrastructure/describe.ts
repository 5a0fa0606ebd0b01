import type { HardwareBook } from "../contract.js";
import type { EndpointFound, Inventory, ServerFound } from "../inventory.js";
import { type EndpointUsage, type JoinedEvents, joinEndpoints, joinServers } from "./join-events.js";
import { equippedEndpoint, equippedPools, type Infrastructure } from "./machines.js";
import { type Place, placeOf } from "./place-servers.js";

export type Server = Infrastructure["servers"][number];

/** What inventories declare, with accelerators and prices from the tables, and the requests that went there. */
export function describeInfrastructure(
  inventories: readonly Inventory[],
  usage: readonly EndpointUsage[],
  hardware: HardwareBook,
): Infrastructure {
  const pools = inventories.flatMap((inventory) => inventory.pools);
  const endpoints = countedOnce(inventories);
  const servers = inventories.flatMap((inventory) => inventory.servers);
  const toEndpoints = joinEndpoints(endpoints, usage);
  const toServers = joinServers(servers, usage);
  return {
    sources: inventories.flatMap((inventory) => inventory.sources.map((source) => ({ ...source }))),
    ...equippedPools(pools, hardware),
    endpoints: endpoints.map((found, index) => ({
      ...equippedEndpoint(found, hardware),
      events: toEndpoints[index]!,
    })),
    servers: servers.map((found, index) =>
      describedServer(found, placeOf(found, pools, hardware), toServers[index]!),
    ),
    notes: inventories.flatMap((inventory) => inventory.notes),
  };
}

/**
 * An endpoint that a platform lists and a file declares counts once, as the file has it: there it is changed. Counted
 * twice, no request could be told to have gone to either.
 */
function countedOnce(inventories: readonly Inventory[]): EndpointFound[] {
  const endpoints = inventories.flatMap((inventory) => inventory.endpoints);
  const live = new Set(
    inventories.flatMap(({ sources }) =>
      sources.flatMap(({ file, kind }) => (kind === "live" ? [file] : [])),
    ),
  );
  const keyOf = ({ service, name }: EndpointFound): string => JSON.stringify([service, name?.toLowerCase()]);
  const declared = new Set(endpoints.filter(({ source }) => !live.has(source)).map(keyOf));
  return endpoints.filter((found) => !live.has(found.source) || !declared.has(keyOf(found)));
}

function describedServer(found: ServerFound, { address, because }: Place, events: JoinedEvents): Server {
  const { names: _, placement: __, tags, unknown, servedNames, replicas, arguments: given, ...rest } = found;
  return {
    ...rest,
    tags: [...tags],
    unknown: [...unknown],
    servedNames: [...servedNames],
    replicas: { ...replicas },
    arguments: [...given],
    runsOn: address,
    runsOnBecause: because,
    events,
  };
}
