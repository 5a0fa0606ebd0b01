import type { HardwareBook } from "../contract.js";
import type { Inventory, ServerFound } from "../inventory.js";
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
  const endpoints = inventories.flatMap((inventory) => inventory.endpoints);
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
