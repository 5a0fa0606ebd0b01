import { type EndpointFound, NO_SIZE, type Size } from "../../../serving/contract.js";
import type { Attributes } from "../attributes.js";
import type { Resource } from "../resource.js";
import { exactly, found, type Opened, open, type Reader } from "./reading.js";

/** Concurrent requests of a custom model's sizes, as the provider documents them. */
const CONCURRENCY: Readonly<Record<string, Size>> = {
  Small: { minimum: 4, desired: null, maximum: 4 },
  Medium: { minimum: 8, desired: null, maximum: 16 },
  Large: { minimum: 16, desired: null, maximum: 64 },
};

/** One entry a served entity: each has compute of its own. */
const modelServing: Reader = (resource) => {
  const opened = open(resource);
  const config = opened.attributes.block("config");
  const shares = trafficShares(config);
  const entities = ["served_entities", "served_models"].flatMap((kind) =>
    (config?.blocks(kind) ?? []).map((entity, index) => ({ entity, at: `config.${kind}[${index}]` })),
  );
  return {
    endpoints: entities.map(({ entity, at }) => entityFound(resource, opened, entity, at, shares)),
  };
};

function entityFound(
  resource: Resource,
  opened: Opened,
  entity: Attributes,
  at: string,
  shares: ReadonlyMap<string, number>,
): EndpointFound {
  const external = entity.block("external_model");
  const throughput = entity.number("max_provisioned_throughput");
  const units = entity.number("provisioned_model_units");
  const workload = entity.text("workload_type");
  const zero = entity.flag("scale_to_zero_enabled");
  const name = entity.text("name");
  const capacity = capacityOf(entity, throughput, units);
  return {
    ...found(resource, opened),
    address: `${resource.address}.${at}`,
    tags: [...found(resource, opened).tags, ...listedTags(opened.attributes)],
    service: "databricks",
    cloud: "databricks",
    region: null,
    name: opened.attributes.text("name"),
    names: name === null ? [] : [name],
    model: external?.text("name") ?? entity.text("entity_name") ?? entity.text("model_name"),
    billing:
      external !== null ? "per_use" : throughput !== null || units !== null ? "provisioned" : "per_hour",
    unit: capacity.unit,
    size: external !== null ? NO_SIZE : zero === true ? { ...capacity.size, minimum: 0 } : capacity.size,
    instance: external !== null ? null : workload,
    attached: null,
    commitment: null,
    autoscaled: external === null && capacity.size.minimum !== capacity.size.maximum,
    scaleToZero: external !== null ? true : zero,
    trafficShare: name === null ? null : (shares.get(name) ?? null),
  };
}

function capacityOf(
  entity: Attributes,
  throughput: number | null,
  units: number | null,
): { unit: EndpointFound["unit"]; size: Size } {
  if (units !== null) return { unit: "model_units", size: exactly(units) };
  if (throughput !== null) {
    const minimum = entity.number("min_provisioned_throughput");
    return { unit: "tokens_per_second", size: { minimum, desired: null, maximum: throughput } };
  }
  const size = CONCURRENCY[entity.text("workload_size") ?? ""];
  return { unit: size === undefined ? null : "concurrent_requests", size: size ?? NO_SIZE };
}

function trafficShares(config: Attributes | null): Map<string, number> {
  const routes = config?.block("traffic_config")?.blocks("routes") ?? [];
  return new Map(
    routes.flatMap((route) => {
      const name = route.text("served_model_name") ?? route.text("served_entity_name");
      const percentage = route.number("traffic_percentage");
      return name === null || percentage === null ? [] : [[name, percentage / 100] as const];
    }),
  );
}

/** This provider writes tags as a list of blocks; the same keys are taken as elsewhere. */
function listedTags(attributes: Attributes): { key: string; value: string }[] {
  return attributes.blocks("tags").flatMap((tag) => {
    const [key, value] = [tag.text("key"), tag.text("value")];
    return key !== null &&
      value !== null &&
      /^(team|owner|env|environment|project|cost[-_ ]?center)$/i.test(key)
      ? [{ key, value }]
      : [];
  });
}

export const databricks: Readonly<Record<string, Reader>> = {
  databricks_model_serving: modelServing,
  databricks_model_serving_provisioned_throughput: modelServing,
};
