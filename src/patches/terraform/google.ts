import { remove } from "../../hcl/edit.js";
import { quoteHcl } from "../../hcl/edit-tree.js";
import { setting } from "./draft.js";
import { nothing, type ResourceKind } from "./kinds.js";

/**
 * Names of arguments: hashicorp/google 6.50.0, as published in @cdktf/provider-google 16.12.1; the suite `e2e:patches`
 * checks every one of them against that package.
 */
const scheduling = () => [
  setting("scheduling.provisioning_model", quoteHcl("SPOT")),
  setting("scheduling.preemptible", "true"),
  setting("scheduling.automatic_restart", "false"),
  setting("scheduling.on_host_maintenance", quoteHcl("TERMINATE"), "skip"),
  setting("scheduling.instance_termination_action", quoteHcl("STOP")),
];

const machine: ResourceKind = {
  instance: (name) => [setting("machine_type", quoteHcl(name))],
  size: ({ maximum }) => [setting("count", `${maximum}`, "skip")],
  spot: scheduling,
  noShare: "a machine is spot or it is not: a share needs a second one, or a second group of machines",
  replaces: ["spot"],
};

const template: ResourceKind = {
  ...machine,
  noShare: "a template is spot or it is not: a share needs a second template and group",
  replaces: ["spot", "instance"],
};

const group: ResourceKind = { size: ({ maximum }) => [setting("target_size", `${maximum}`)] };

const autoscaler: ResourceKind = {
  size: ({ minimum, maximum }) => [
    setting("autoscaling_policy.min_replicas", `${minimum}`),
    setting("autoscaling_policy.max_replicas", `${maximum}`),
  ],
};

const nodePool: ResourceKind = {
  instance: (name) => [setting("node_config.machine_type", quoteHcl(name))],
  size: ({ minimum, maximum, scales }) =>
    scales
      ? [
          setting("autoscaling.min_node_count", `${minimum}`),
          setting("autoscaling.max_node_count", `${maximum}`),
        ]
      : [
          setting("node_count", `${maximum}`),
          setting("autoscaling.min_node_count", `${maximum}`, "skip"),
          setting("autoscaling.max_node_count", `${maximum}`, "skip"),
        ],
  spot: () => [setting("node_config.spot", "true")],
  async prepare(draft, resource, { size }) {
    if (size?.scales !== true) return nothing;
    // Beside an autoscaler a fixed count would be fought over at every apply.
    const { path, block } = (await draft.find(resource))!;
    const fixed = block.attributes.find(({ name }) => name === "node_count");
    if (fixed === undefined) return nothing;
    draft.rewrite(path, (text) => remove(text, fixed));
    return { hidden: [], notes: ["node_count goes: the autoscaler decides the number now."] };
  },
  pool: {
    nameAttribute: "name",
    longest: 40,
    ending: "-spot",
    counts: ["node_count", "autoscaling.min_node_count", "autoscaling.max_node_count"],
  },
  replaces: ["spot", "instance"],
};

export const GOOGLE_KINDS: Readonly<Record<string, ResourceKind>> = {
  google_compute_instance: machine,
  google_compute_instance_template: template,
  google_compute_region_instance_template: template,
  google_compute_instance_group_manager: group,
  google_compute_region_instance_group_manager: group,
  google_compute_autoscaler: autoscaler,
  google_compute_region_autoscaler: autoscaler,
  google_container_node_pool: nodePool,
};
