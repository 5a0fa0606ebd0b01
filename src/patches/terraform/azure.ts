import { quoteHcl } from "../../hcl/edit-tree.js";
import { kept, setting } from "./draft.js";
import { nothing, type ResourceKind } from "./kinds.js";

/**
 * Names of arguments: hashicorp/azurerm 4.55.0, as published in @cdktf/provider-azurerm 14.23.1; the suite `e2e:patches`
 * checks every one of them against that package. Version 3 calls auto_scaling_enabled enable_auto_scaling.
 */
const priority = (eviction: string, bid: string) => [
  setting("priority", quoteHcl("Spot")),
  setting("eviction_policy", quoteHcl(eviction)),
  // -1: never evicted for the price, only for want of capacity; at most the on-demand price is paid.
  setting(bid, "-1"),
];

const machine: ResourceKind = {
  instance: (name) => [setting("size", quoteHcl(name))],
  size: ({ maximum }) => [setting("count", `${maximum}`, "skip")],
  spot: () => priority("Deallocate", "max_bid_price"),
  noShare: "a machine is spot or it is not: a share needs an azurerm_orchestrated_virtual_machine_scale_set",
  replaces: ["spot"],
};

const scaleSet: ResourceKind = {
  instance: (name) => [setting("sku", quoteHcl(name))],
  size: ({ maximum }) => [setting("instances", `${maximum}`)],
  spot: () => priority("Delete", "max_bid_price"),
  noShare:
    "a scale set of this type is spot or it is not: a share needs an azurerm_orchestrated_virtual_machine_scale_set",
  replaces: ["spot"],
};

const orchestrated: ResourceKind = {
  instance: (name) => [setting("sku_name", quoteHcl(name))],
  size: ({ maximum }) => [setting("instances", `${maximum}`)],
  spot: () => priority("Delete", "max_bid_price"),
  spotShare: (share, committed) => [
    ...priority("Delete", "max_bid_price"),
    setting("priority_mix.base_regular_count", `${committed}`),
    setting("priority_mix.regular_percentage_above_base", `${Math.round(100 * (1 - share))}`),
  ],
  replaces: ["spot"],
};

const monitor: ResourceKind = {
  size: ({ minimum, maximum }) => [
    setting("profile.capacity.minimum", `${minimum}`),
    setting("profile.capacity.maximum", `${maximum}`),
    kept("profile.capacity.default", { minimum, maximum }),
  ],
};

const TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule";

const nodePool: ResourceKind = {
  instance: (name) => [setting("vm_size", quoteHcl(name))],
  size: ({ minimum, maximum, scales }) =>
    scales
      ? [
          setting("auto_scaling_enabled", "true"),
          setting("min_count", `${minimum}`),
          setting("max_count", `${maximum}`),
          kept("node_count", { minimum, maximum }),
        ]
      : [
          setting("node_count", `${maximum}`),
          setting("min_count", `${maximum}`, "skip"),
          setting("max_count", `${maximum}`, "skip"),
        ],
  spot: () => priority("Delete", "spot_max_price"),
  async prepare(draft, resource, { spot }) {
    if (spot === null) return nothing;
    const { block } = (await draft.find(resource))!;
    const has = (name: string) => block.attributes.some((one) => one.name === name);
    const notes = [
      "AKS adds a label and a taint to spot nodes; unless both are declared, every later plan shows a difference. Pods need the toleration.",
    ];
    const declared = ["node_labels", "node_taints"].filter(has);
    const missing = [
      setting(
        "node_labels",
        `{ ${quoteHcl("kubernetes.azure.com/scalesetpriority")} = ${quoteHcl("spot")} }`,
      ),
      setting("node_taints", `[${quoteHcl(TAINT)}]`),
    ].filter(({ name }) => !has(name));
    const hidden = await draft.set(resource, missing);
    const own = declared.map(
      (name) => `${name} is declared already: add kubernetes.azure.com/scalesetpriority (spot) to it.`,
    );
    return { hidden: [...hidden, ...own], notes };
  },
  pool: {
    nameAttribute: "name",
    longest: 12,
    ending: "spot",
    counts: ["node_count", "min_count", "max_count"],
  },
  replaces: ["spot", "instance"],
};

export const AZURE_KINDS: Readonly<Record<string, ResourceKind>> = {
  azurerm_linux_virtual_machine: machine,
  azurerm_linux_virtual_machine_scale_set: scaleSet,
  azurerm_orchestrated_virtual_machine_scale_set: orchestrated,
  azurerm_monitor_autoscale_setting: monitor,
  azurerm_kubernetes_cluster_node_pool: nodePool,
};
