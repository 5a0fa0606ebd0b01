import {
  type EndpointFound,
  NO_SIZE,
  type PoolFound,
  type Purchase,
  type Size,
} from "../../../serving/contract.js";
import type { Attributes } from "../attributes.js";
import type { Resource } from "../resource.js";
import type { World } from "../world.js";
import {
  anyKey,
  exactly,
  found,
  googleRegion,
  mayScale,
  ON_DEMAND,
  open,
  openBeside,
  type Reader,
  SPOT,
} from "./reading.js";

const TEMPLATES = ["google_compute_instance_template", "google_compute_region_instance_template"];
const AUTOSCALERS = ["google_compute_autoscaler", "google_compute_region_autoscaler"];

/** Accelerators are attached by name, or by the end of a link. */
function attachedOf(attributes: Attributes | null): PoolFound["attached"] {
  const guest = attributes?.block("guest_accelerator") ?? null;
  const type = guest?.text("type") ?? null;
  return type === null ? null : { accelerator: type.split("/").at(-1)!, count: guest?.number("count") ?? 1 };
}

function purchaseOf(attributes: Attributes | null): Purchase {
  const scheduling = attributes?.block("scheduling") ?? null;
  const spot =
    attributes?.flag("spot") === true ||
    attributes?.flag("preemptible") === true ||
    scheduling?.text("provisioning_model") === "SPOT" ||
    scheduling?.flag("preemptible") === true;
  return spot ? SPOT : ON_DEMAND;
}

const typesOf = (attributes: Attributes | null): string[] => {
  const type = attributes?.text("machine_type") ?? null;
  return type === null ? [] : [type.split("/").at(-1)!];
};

const regionOf = (resource: Resource, attributes: Attributes): string | null =>
  googleRegion(attributes.text("zone") ?? attributes.text("region") ?? attributes.text("location")) ??
  resource.providerRegion;

const instance: Reader = (resource) => {
  const opened = open(resource);
  const { attributes } = opened;
  const pool: PoolFound = {
    ...found(resource, opened),
    cloud: "gcp",
    region: regionOf(resource, attributes),
    kind: "instance",
    name: attributes.text("name"),
    instances: typesOf(attributes),
    attached: attachedOf(attributes),
    markedGpu: false,
    size: exactly(resource.copies === null ? 1 : null),
    autoscaled: false,
    purchase: purchaseOf(attributes),
    labels: [],
  };
  return { pools: [pool] };
};

const instanceGroup: Reader = (resource, world) => {
  const opened = open(resource);
  const { attributes, unknown } = opened;
  const linked = world.linked(
    resource,
    attributes.block("version")?.raw("instance_template") ?? null,
    TEMPLATES,
  );
  const template = linked === null ? null : openBeside(linked, unknown);
  const scaler = autoscalerOf(resource, world);
  const limits = scaler?.block("autoscaling_policy") ?? null;
  const target = attributes.number("target_size");
  const size: Size =
    limits === null
      ? exactly(target)
      : { minimum: limits.number("min_replicas"), desired: target, maximum: limits.number("max_replicas") };
  const pool: PoolFound = {
    ...found(resource, opened),
    cloud: "gcp",
    region: regionOf(resource, attributes),
    kind: "scaling_group",
    name: attributes.text("name"),
    instances: typesOf(template),
    attached: attachedOf(template),
    markedGpu: false,
    size,
    autoscaled: mayScale(size),
    purchase: template === null ? null : purchaseOf(template),
    labels: [],
  };
  return { pools: [pool] };
};

function autoscalerOf(group: Resource, world: World): Attributes | null {
  const scaler = world
    .ofType(...AUTOSCALERS)
    .find(
      (candidate) => world.linked(candidate, world.quiet(candidate).raw("target"), [group.type]) === group,
    );
  return scaler === undefined ? null : world.quiet(scaler);
}

/** Counts of a regional pool are a zone's. */
function zonesOf(attributes: Attributes): number | null {
  const zones = attributes.texts("node_locations").length;
  if (zones > 0) return zones;
  return /-[a-z]$/.test(attributes.text("location") ?? attributes.text("zone") ?? "") ? 1 : null;
}

function poolSize(attributes: Attributes, opened: ReturnType<typeof open>): Size {
  const scaling = attributes.block("autoscaling");
  const count = attributes.number("node_count") ?? attributes.number("initial_node_count");
  const zones = zonesOf(attributes);
  // 0 is how the provider writes that the total is not limited.
  const total = scaling?.number("total_max_node_count") || null;
  const times = (value: number | null): number | null =>
    value === null || zones === null ? null : value * zones;
  if (zones === null && (count !== null || scaling?.number("max_node_count") !== null)) {
    opened.unknown.push({ field: "size", reason: "a regional pool whose number of zones is not stated" });
  }
  if (scaling === null) return exactly(times(count));
  return {
    minimum:
      total === null ? times(scaling.number("min_node_count")) : scaling.number("total_min_node_count"),
    desired: times(count),
    maximum: total ?? times(scaling.number("max_node_count")),
  };
}

const nodePool: Reader = (resource) => {
  const opened = open(resource);
  const { attributes } = opened;
  return { pools: [nodePoolFound(resource, opened, attributes, resource.address)] };
};

/** A cluster's own pools: those written within it, and the default one where it is kept. */
const cluster: Reader = (resource) => {
  const opened = open(resource);
  const { attributes } = opened;
  const inner = attributes.blocks("node_pool");
  const kept = attributes.flag("remove_default_node_pool") !== true && inner.length === 0;
  const pools = inner.map((pool, index) =>
    nodePoolFound(resource, opened, pool, `${resource.address}.node_pool[${index}]`),
  );
  return {
    pools: kept ? [nodePoolFound(resource, opened, attributes, resource.address)] : pools,
  };
};

function nodePoolFound(
  resource: Resource,
  opened: ReturnType<typeof open>,
  pool: Attributes,
  address: string,
): PoolFound {
  const node = pool.block("node_config");
  const name = pool.text("name");
  const attached = attachedOf(node);
  const size = poolSize(pool, opened);
  return {
    ...found(resource, opened),
    address,
    cloud: "gcp",
    region: regionOf(resource, opened.attributes),
    kind: "node_pool",
    name,
    instances: typesOf(node),
    attached,
    markedGpu: attached !== null,
    size,
    autoscaled: mayScale(size),
    purchase: purchaseOf(node),
    labels: [
      ...(node?.pairs("labels", anyKey) ?? []),
      ...(name === null ? [] : [{ key: "cloud.google.com/gke-nodepool", value: name }]),
      ...(attached === null
        ? []
        : [{ key: "cloud.google.com/gke-accelerator", value: attached.accelerator }]),
    ],
  };
}

/** Deployments made through the API do not show here; those of the model garden do. */
const vertexEndpoint: Reader = (resource) => {
  const opened = open(resource);
  const { attributes } = opened;
  const deploy = attributes.block("deploy_config");
  const dedicated = deploy?.block("dedicated_resources") ?? null;
  const machine = dedicated?.block("machine_spec") ?? null;
  const accelerator = machine?.text("accelerator_type") ?? null;
  const size: Size =
    dedicated === null
      ? NO_SIZE
      : {
          minimum: dedicated.number("min_replica_count"),
          desired: null,
          maximum: dedicated.number("max_replica_count") ?? dedicated.number("min_replica_count"),
        };
  const host = attributes.text("dedicated_endpoint_dns");
  const name = attributes.text("name") ?? attributes.text("endpoint");
  const display = attributes.text("display_name") ?? attributes.text("endpoint_display_name");
  const endpoint: EndpointFound = {
    ...found(resource, opened),
    service: "vertex",
    cloud: "gcp",
    region: regionOf(resource, attributes),
    name,
    names: [host, display].flatMap((entry) => entry ?? []),
    model: attributes.text("publisher_model_name") ?? attributes.text("hugging_face_model_id"),
    billing: "per_hour",
    unit: dedicated === null ? null : "instances",
    size,
    instance: typesOf(machine)[0] ?? null,
    attached: accelerator === null ? null : { accelerator, count: machine?.number("accelerator_count") ?? 1 },
    commitment: null,
    autoscaled: mayScale(size),
    scaleToZero: size.minimum === null ? null : size.minimum === 0,
    trafficShare: null,
  };
  return { endpoints: [endpoint] };
};

export const google: Readonly<Record<string, Reader>> = {
  google_compute_instance: instance,
  google_compute_instance_group_manager: instanceGroup,
  google_compute_region_instance_group_manager: instanceGroup,
  google_container_node_pool: nodePool,
  google_container_cluster: cluster,
  google_vertex_ai_endpoint: vertexEndpoint,
  google_vertex_ai_endpoint_with_model_garden_deployment: vertexEndpoint,
};

export const googleNamed = [...TEMPLATES, ...AUTOSCALERS];
