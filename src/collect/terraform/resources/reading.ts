import type {
  EndpointFound,
  Found,
  Pair,
  PoolFound,
  Purchase,
  ServerFound,
  Size,
} from "../../../serving/contract.js";
import { type Attributes, attributesOf, type UnknownField } from "../attributes.js";
import type { Resource } from "../resource.js";
import type { World } from "../world.js";

/** What one resource, with those that it names, says about serving. */
export interface Reading {
  readonly pools?: readonly PoolFound[];
  readonly endpoints?: readonly EndpointFound[];
  readonly servers?: readonly ServerFound[];
}

export type Reader = (resource: Resource, world: World) => Reading;

export interface Opened {
  readonly attributes: Attributes;
  readonly unknown: UnknownField[];
}

export function open(resource: Resource): Opened {
  const unknown: UnknownField[] = [];
  if (resource.copies !== null) unknown.push({ field: "count", reason: resource.copies.reason });
  return { attributes: attributesOf(resource.values, unknown), unknown };
}

/** Another resource's values, whose unknown parts become unknown parts of the resource that names it. */
export function openBeside(resource: Resource, unknown: UnknownField[]): Attributes {
  return attributesOf(resource.values, unknown, resource.type);
}

/** Labels that say whose cost something is. Others may hold anything, and stay where they are. */
const TAG_KEYS =
  /^(team|owner|env|environment|stage|project|product|service|component|app|application|tenant|department|cost[-_ ]?cent(er|re)|business[-_ ]?unit)$/i;

export function found(resource: Resource, { attributes, unknown }: Opened): Found {
  const tags = ["tags", "labels", "resource_labels"].flatMap((name) =>
    attributes.pairs(name, (key) => TAG_KEYS.test(key)),
  );
  const { source, address, line, status } = resource;
  return { source, address, line, status, tags: sortedPairs(tags), unknown };
}

const sortedPairs = (pairs: readonly Pair[]): Pair[] =>
  pairs.toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));

export const anyKey = (): boolean => true;

export const exactly = (count: number | null): Size => ({ minimum: count, desired: count, maximum: count });

/** True where the limits leave room to move. */
export const mayScale = ({ minimum, maximum }: Size): boolean =>
  minimum !== null && maximum !== null && minimum < maximum;

export const ON_DEMAND: Purchase = { kind: "on_demand", spotShare: 0 };
export const SPOT: Purchase = { kind: "spot", spotShare: 1 };

/** `arn:aws:sagemaker:eu-west-1:1:endpoint/x` */
export const arnRegion = (arn: string | null): string | null => arn?.split(":")[3] || null;

/** `us-east-1a` stands in us-east-1. */
export const awsZoneRegion = (zone: string | null): string | null =>
  zone === null ? null : (/^([a-z]{2}(?:-[a-z]+)+-\d)[a-z]$/.exec(zone)?.[1] ?? null);

/** `us-central1-a` stands in us-central1, and so does `us-central1`. */
export const googleRegion = (place: string | null): string | null =>
  place === null ? null : (/([a-z]+-[a-z]+\d+)(?:-[a-z])?$/.exec(place)?.[1] ?? null);
