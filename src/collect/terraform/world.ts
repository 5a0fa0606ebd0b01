import { type Attributes, attributesOf } from "./attributes.js";
import { groupedBy, type Resource, withoutIndex } from "./resource.js";
import { Unknown, type Value } from "./value.js";

/** The resources of one document, looked up as they name one another. */
export interface World {
  readonly resources: readonly Resource[];
  ofType(...types: readonly string[]): readonly Resource[];
  /**
   * The resource of one of `types` that a value of `from` names: by reference where it is not applied yet, else by id,
   * name, ARN or link. A copy finds the copy of the same index.
   */
  linked(from: Resource, value: Value, types: readonly string[]): Resource | null;
  /** Values without any record of what is unknown, for joins. */
  quiet(resource: Resource): Attributes;
}

/** Attributes that other resources name a resource by. */
const NAMES = [
  "id",
  "name",
  "arn",
  "self_link",
  "self_link_unique",
  "endpoint_config_name",
  "node_group_name",
  "latest_version",
];

export function createWorld(resources: readonly Resource[]): World {
  const byType = groupedBy(resources, ({ type }) => type);
  const byName = new Map<string, Resource[]>();
  const byAddress = new Map<string, Resource[]>();
  for (const resource of resources) {
    const names = NAMES.map((name) => resource.values[name]).filter((value) => typeof value === "string");
    for (const name of new Set(names)) append(byName, `${resource.type} ${name}`, resource);
    append(byAddress, withoutIndex(resource.address), resource);
    if (withoutIndex(resource.address) !== resource.address) append(byAddress, resource.address, resource);
  }
  const world: World = {
    resources,
    ofType: (...types) => types.flatMap((type) => byType.get(type) ?? []),
    linked(from, value, types) {
      if (value instanceof Unknown) return referenced(from, value, types, byAddress);
      if (typeof value !== "string" || value === "") return null;
      const last = value.split("/").at(-1)!;
      const found = types.flatMap(
        (type) => byName.get(`${type} ${value}`) ?? byName.get(`${type} ${last}`) ?? [],
      );
      return found.find((candidate) => candidate.module === from.module) ?? found[0] ?? null;
    },
    quiet: (resource) => attributesOf(resource.values, []),
  };
  return world;
}

function append(index: Map<string, Resource[]>, key: string, resource: Resource): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, [resource]);
  else known.push(resource);
}

function referenced(
  from: Resource,
  { references }: Unknown,
  types: readonly string[],
  byAddress: ReadonlyMap<string, readonly Resource[]>,
): Resource | null {
  const index = from.address.slice(withoutIndex(from.address).length);
  for (const reference of references) {
    const candidates = (byAddress.get(reference) ?? byAddress.get(withoutIndex(reference)) ?? []).filter(
      ({ type }) => types.includes(type),
    );
    const same = candidates.find(({ address }) => index !== "" && address.endsWith(index));
    const found = same ?? candidates[0];
    if (found !== undefined) return found;
  }
  return null;
}
