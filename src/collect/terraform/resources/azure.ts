import type { EndpointFound, PoolFound, Purchase, Size } from "../../../serving/contract.js";
import type { Attributes } from "../attributes.js";
import type { Resource } from "../resource.js";
import {
  anyKey,
  exactly,
  found,
  mayScale,
  ON_DEMAND,
  type Opened,
  open,
  openBeside,
  type Reader,
  SPOT,
} from "./reading.js";

/** `West Europe` and `westeurope` are one place. */
const placeOf = (location: string | null): string | null =>
  location?.toLowerCase().replaceAll(" ", "") ?? null;

const purchaseOf = (attributes: Attributes): Purchase | null =>
  attributes.isUnknown("priority") ? null : attributes.text("priority") === "Spot" ? SPOT : ON_DEMAND;

const machine: Reader = (resource) => {
  const opened = open(resource);
  const { attributes } = opened;
  const size = attributes.text("size") ?? attributes.text("vm_size");
  return {
    pools: [
      {
        ...machines(resource, opened, size),
        kind: "instance",
        size: exactly(resource.copies === null ? 1 : null),
      },
    ],
  };
};

const scaleSet: Reader = (resource) => {
  const opened = open(resource);
  const { attributes } = opened;
  const type = attributes.text("sku") ?? attributes.text("sku_name");
  return {
    pools: [
      {
        ...machines(resource, opened, type),
        kind: "scaling_group",
        size: exactly(attributes.number("instances")),
      },
    ],
  };
};

function machines(resource: Resource, opened: Opened, type: string | null): Omit<PoolFound, "kind" | "size"> {
  const { attributes } = opened;
  return {
    ...found(resource, opened),
    cloud: "azure",
    region: placeOf(attributes.text("location")),
    name: attributes.text("name"),
    instances: type === null ? [] : [type],
    attached: null,
    markedGpu: false,
    autoscaled: false,
    purchase: purchaseOf(attributes),
    labels: [],
  };
}

const nodePool: Reader = (resource, world) => {
  const opened = open(resource);
  const { attributes, unknown } = opened;
  const cluster = world.linked(resource, attributes.raw("kubernetes_cluster_id"), [
    "azurerm_kubernetes_cluster",
  ]);
  const location = cluster === null ? null : openBeside(cluster, unknown).text("location");
  return { pools: [poolFound(resource, opened, attributes, resource.address, location)] };
};

/** The default pool has no resource of its own. */
const cluster: Reader = (resource) => {
  const opened = open(resource);
  const pool = opened.attributes.block("default_node_pool");
  if (pool === null) return {};
  const location = opened.attributes.text("location");
  return { pools: [poolFound(resource, opened, pool, `${resource.address}.default_node_pool`, location)] };
};

function poolFound(
  resource: Resource,
  opened: Opened,
  pool: Attributes,
  address: string,
  location: string | null,
): PoolFound {
  const [minimum, maximum, count] = ["min_count", "max_count", "node_count"].map((name) => pool.number(name));
  const scales = (pool.flag("auto_scaling_enabled") ?? pool.flag("enable_auto_scaling")) === true;
  const size: Size = scales ? { minimum: minimum!, desired: count!, maximum: maximum! } : exactly(count!);
  const name = pool.text("name");
  const type = pool.text("vm_size");
  return {
    ...found(resource, opened),
    address,
    cloud: "azure",
    region: placeOf(location),
    kind: "node_pool",
    name,
    instances: type === null ? [] : [type],
    attached: null,
    markedGpu: pool.text("gpu_instance") !== null,
    size,
    autoscaled: scales && mayScale(size),
    purchase: purchaseOf(pool),
    labels: [
      ...pool.pairs("node_labels", anyKey),
      ...(name === null
        ? []
        : [
            { key: "kubernetes.azure.com/agentpool", value: name },
            { key: "agentpool", value: name },
          ]),
    ],
  };
}

/** One field, two meanings: provisioned kinds count throughput units, the others thousands of tokens a minute. */
const deployment: Reader = (resource, world) => {
  const opened = open(resource);
  const { attributes, unknown } = opened;
  const linked = world.linked(resource, attributes.raw("cognitive_account_id"), [
    "azurerm_cognitive_account",
  ]);
  const account = linked === null ? null : openBeside(linked, unknown);
  const sku = attributes.block("sku") ?? attributes.block("scale");
  const kind = sku?.text("name") ?? sku?.text("type") ?? null;
  const provisioned = kind === null ? null : /provisioned/i.test(kind);
  const name = attributes.text("name");
  const subdomain = account?.text("custom_subdomain_name") ?? null;
  const endpoint: EndpointFound = {
    ...found(resource, opened),
    service: "azure-openai",
    cloud: "azure",
    region: placeOf(account?.text("location") ?? null),
    name,
    names: [
      ...(subdomain === null ? [] : [`${subdomain}.openai.azure.com`]),
      ...hostsOf(account?.text("endpoint") ?? null),
    ],
    model: attributes.block("model")?.text("name") ?? null,
    billing: provisioned === true ? "provisioned" : "per_use",
    unit:
      provisioned === null
        ? null
        : provisioned
          ? "provisioned_throughput_units"
          : "thousand_tokens_per_minute",
    size: exactly(sku?.number("capacity") ?? null),
    instance: null,
    attached: null,
    commitment: null,
    autoscaled: false,
    scaleToZero: provisioned === null ? null : !provisioned,
    trafficShare: null,
  };
  return { endpoints: [endpoint] };
};

function hostsOf(url: string | null): string[] {
  const host = /^https?:\/\/([^/:]+)/.exec(url ?? "")?.[1];
  return host === undefined ? [] : [host];
}

export const azure: Readonly<Record<string, Reader>> = {
  azurerm_linux_virtual_machine: machine,
  azurerm_windows_virtual_machine: machine,
  azurerm_virtual_machine: machine,
  azurerm_linux_virtual_machine_scale_set: scaleSet,
  azurerm_windows_virtual_machine_scale_set: scaleSet,
  azurerm_orchestrated_virtual_machine_scale_set: scaleSet,
  azurerm_kubernetes_cluster: cluster,
  azurerm_kubernetes_cluster_node_pool: nodePool,
  azurerm_cognitive_deployment: deployment,
};

export const azureNamed = ["azurerm_cognitive_account"];
