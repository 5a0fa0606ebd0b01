import { type EndpointFound, NO_SIZE, type Size } from "../../serving/contract.js";
import {
  asObject,
  firstOf,
  type JsonObject,
  listIn,
  RecordProblem,
  readAmount,
  readCount,
  readFlag,
  readNumber,
  readText,
  requireText,
} from "../platform/fields.js";
import { modelName } from "./normalise.js";

/** Concurrent requests of a custom model's sizes, as Databricks documents them. */
const CONCURRENCY: Readonly<Record<string, Size>> = {
  Small: { minimum: 4, desired: null, maximum: 4 },
  Medium: { minimum: 8, desired: null, maximum: 16 },
  Large: { minimum: 16, desired: null, maximum: 64 },
};

/** Tags that say whose cost an endpoint is; no other is kept. */
const COST_TAG = /^(team|owner|env|environment|project|cost[-_ ]?center)$/i;

/** What endpoints serve, and what of them could not be read or is not as it should be. */
export interface ServingEndpoints {
  readonly endpoints: readonly EndpointFound[];
  readonly notes: readonly string[];
}

/** An endpoint of the workspace: its entry in the list, and its configuration where the login may see it. */
export interface ListedEndpoint {
  readonly listed: unknown;
  readonly detail: unknown;
}

/**
 * One entry a served entity, as each has compute of its own; what costs while nobody calls comes first, then by name.
 * Pure: equal answers, equal inventory. `source` names where it was asked.
 */
export function normaliseEndpoints(answers: readonly ListedEndpoint[], source: string): ServingEndpoints {
  const read = answers.map((answer, index) => endpointOf(answer, index, source));
  const endpoints = read.flatMap((one) => one.endpoints);
  const rank = ({ billing }: EndpointFound): number => (billing === "per_use" ? 1 : 0);
  return {
    endpoints: endpoints.toSorted(
      (one, other) => rank(one) - rank(other) || compare(one.address, other.address),
    ),
    notes: read.flatMap((one) => one.notes),
  };
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Name of a listed endpoint; null for an entry without one. */
export function nameOf(listed: unknown): string | null {
  const name = asObject(listed)?.name;
  return typeof name === "string" && name !== "" ? name : null;
}

function endpointOf({ listed, detail }: ListedEndpoint, index: number, source: string): ServingEndpoints {
  try {
    const endpoint = asObject(detail) ?? asObject(listed) ?? {};
    const name = requireText(endpoint.name, "name");
    const config = asObject(endpoint.config) ?? {};
    const shares = trafficShares(config);
    const described: Described = { name, source, tags: tagsOf(endpoint), known: asObject(detail) !== null };
    const endpoints = entitiesOf(config).map((entity, at) => entityFound(entity, at, described, shares));
    return { endpoints, notes: stateNotes(name, asObject(endpoint.state), source) };
  } catch (error) {
    if (!(error instanceof RecordProblem)) throw error;
    const { field, message } = error.problem;
    return { endpoints: [], notes: [`${source}: endpoint ${index + 1} is left out: ${field}: ${message}`] };
  }
}

interface Described {
  readonly name: string;
  readonly source: string;
  readonly tags: EndpointFound["tags"];
  /** Whether the configuration was read; the list alone has no sizes. */
  readonly known: boolean;
}

/** `served_models` is what older endpoints call the same. */
function entitiesOf(config: JsonObject): JsonObject[] {
  const entities = listIn(config.served_entities);
  const all = entities.length > 0 ? entities : listIn(config.served_models);
  return all.map(asObject).filter((entity) => entity !== null);
}

function entityFound(
  entity: JsonObject,
  at: number,
  { name, source, tags, known }: Described,
  shares: ReadonlyMap<string, number>,
): EndpointFound {
  const external = asObject(entity.external_model);
  const capacity = capacityOf(entity);
  // A foundation model without throughput of its own is shared with other customers, and paid by the token.
  const isShared = external !== null || (asObject(entity.foundation_model) !== null && !capacity.provisioned);
  const zero = readFlag(entity.scale_to_zero_enabled);
  const entityName = readText(entity.name, "served_entities.name");
  const size = zero === true ? { ...capacity.size, minimum: 0 } : capacity.size;
  return {
    source,
    address: `serving-endpoints/${name}/${entityName ?? at}`,
    line: null,
    status: "in_place",
    tags,
    unknown: known || isShared ? [] : UNSEEN,
    service: "databricks",
    cloud: "databricks",
    region: null,
    name,
    names: [],
    model: modelName(
      readText(
        firstOf(
          external?.name,
          entity.entity_name,
          entity.model_name,
          asObject(entity.foundation_model)?.name,
        ),
        "entity_name",
      ),
    ),
    billing: isShared ? "per_use" : capacity.provisioned ? "provisioned" : "per_hour",
    unit: isShared ? null : capacity.unit,
    size: isShared ? NO_SIZE : size,
    instance: isShared ? null : readText(entity.workload_type, "workload_type"),
    attached: null,
    commitment: null,
    autoscaled: !isShared && size.minimum !== size.maximum,
    scaleToZero: isShared ? true : zero,
    trafficShare: entityName === null ? null : (shares.get(entityName) ?? null),
  };
}

const UNSEEN: EndpointFound["unknown"] = [
  "billing",
  "size",
  "instance",
  "scale_to_zero",
  "traffic_share",
].map((field) => ({
  field,
  reason: "CAN VIEW on this endpoint is missing: its configuration was not shown",
}));

interface Capacity {
  readonly provisioned: boolean;
  readonly unit: EndpointFound["unit"];
  readonly size: Size;
}

/** Provisioned throughput in model units or tokens per second; else concurrency, stated or by the size's name. */
function capacityOf(entity: JsonObject): Capacity {
  const units = readCount(entity.provisioned_model_units, "provisioned_model_units");
  // The interface gives 0 where a field does not apply.
  if (units !== null && units > 0)
    return {
      provisioned: true,
      unit: "model_units",
      size: { minimum: units, desired: units, maximum: units },
    };
  const throughput = readAmount(entity.max_provisioned_throughput, "max_provisioned_throughput");
  if (throughput !== null && throughput > 0) {
    const minimum = readAmount(entity.min_provisioned_throughput, "min_provisioned_throughput");
    return {
      provisioned: true,
      unit: "tokens_per_second",
      size: { minimum, desired: null, maximum: throughput },
    };
  }
  const maximum = readCount(entity.max_provisioned_concurrency, "max_provisioned_concurrency");
  const minimum = readCount(entity.min_provisioned_concurrency, "min_provisioned_concurrency");
  const stated = maximum === null || maximum === 0 ? undefined : { minimum, desired: null, maximum };
  const size = stated ?? CONCURRENCY[readText(entity.workload_size, "workload_size") ?? ""];
  return {
    provisioned: false,
    unit: size === undefined ? null : "concurrent_requests",
    size: size ?? NO_SIZE,
  };
}

/** Shares of traffic, 0..1, by served entity. */
function trafficShares(config: JsonObject): Map<string, number> {
  return new Map(
    listIn(asObject(config.traffic_config)?.routes).flatMap((listed) => {
      const route = asObject(listed) ?? {};
      const to = readText(firstOf(route.served_entity_name, route.served_model_name), "routes");
      const percentage = readNumber(route.traffic_percentage, "traffic_percentage");
      const isShare = percentage !== null && percentage >= 0 && percentage <= 100;
      return to === null || !isShare ? [] : [[to, percentage / 100] as const];
    }),
  );
}

function tagsOf(endpoint: JsonObject): EndpointFound["tags"] {
  return listIn(endpoint.tags).flatMap((listed) => {
    const { key, value } = asObject(listed) ?? {};
    return typeof key === "string" && typeof value === "string" && COST_TAG.test(key) ? [{ key, value }] : [];
  });
}

const STATE = /^[A-Z_]+$/;

/** An endpoint that does not answer, or whose last change failed, stands all the same: it is listed, and told. */
function stateNotes(name: string, state: JsonObject | null, source: string): string[] {
  const word = (value: unknown): string | null =>
    typeof value === "string" && STATE.test(value) ? value : null;
  const update = word(state?.config_update);
  if (word(state?.ready) === "NOT_READY")
    return [`${source}: endpoint ${name} is NOT_READY${update === null ? "" : ` (its update: ${update})`}.`];
  return update === "UPDATE_FAILED" ? [`${source}: the last update of endpoint ${name} failed.`] : [];
}
