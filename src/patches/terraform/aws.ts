import { replaceBlock, replaceExpression } from "../../hcl/edit.js";
import { type LocatedBlock, quoteHcl } from "../../hcl/edit-tree.js";
import { alignedLines, type Draft, kept, type Resource, setting, wrapped } from "./draft.js";
import { nothing, type Outcome, type ResourceKind } from "./kinds.js";

/**
 * Names of arguments: hashicorp/aws 6.25.0, as published in @cdktf/provider-aws 21.22.1; the suite `e2e:patches` checks
 * every one of them against that package.
 */
const market = () => [setting("instance_market_options.market_type", quoteHcl("spot"))];

const instance: ResourceKind = {
  instance: (name) => [setting("instance_type", quoteHcl(name))],
  size: ({ maximum }) => [setting("count", `${maximum}`, "skip")],
  spot: market,
  noShare: "an aws_instance is spot or it is not: a share needs an aws_autoscaling_group",
  replaces: ["spot"],
};

const launchTemplate: ResourceKind = {
  instance: (name) => [setting("instance_type", quoteHcl(name))],
  spot: market,
  noShare:
    "a launch template is spot or it is not: a share is the business of the aws_autoscaling_group that uses it",
};

const SPOT = "mixed_instances_policy.instances_distribution";

const autoscalingGroup: ResourceKind = {
  // Its launch template or overrides name the machine type: `prepare` sets it there.
  instance: () => [],
  size: ({ minimum, maximum }) => [
    setting("min_size", `${minimum}`),
    setting("max_size", `${maximum}`),
    kept("desired_capacity", { minimum, maximum }),
  ],
  spot: (committed) => autoscalingGroup.spotShare!(1, committed),
  spotShare: (share, committed) => [
    setting(`${SPOT}.on_demand_base_capacity`, `${committed}`),
    setting(`${SPOT}.on_demand_percentage_above_base_capacity`, `${Math.round(100 * (1 - share))}`),
    setting(`${SPOT}.spot_allocation_strategy`, quoteHcl("price-capacity-optimized")),
    setting("capacity_rebalance", "true"),
  ],
  async prepare(draft, resource, wishes) {
    const hidden: string[] = [];
    if (wishes.instance !== null)
      hidden.push(...(await setTemplateType(draft, resource, wishes.instance.name)));
    if (wishes.spot === null) return { hidden, notes: [] };
    const wrapping = await useMixedPolicy(draft, resource);
    return { hidden: [...hidden, ...wrapping.hidden], notes: wrapping.notes };
  },
};

/** The group takes its machine type from a launch template, or from the overrides of its mixed policy. */
async function setTemplateType(draft: Draft, group: Resource, type: string): Promise<string[]> {
  const { path, block } = (await draft.find(group))!;
  const overrides = deep(block, "mixed_instances_policy", "launch_template")?.blocks.filter(
    (one) => one.type === "override",
  );
  if (overrides !== undefined && overrides.length > 0) {
    const typed = overrides.flatMap((one) => one.attributes.filter(({ name }) => name === "instance_type"));
    if (overrides.length > 1 || typed.length !== 1 || typed[0]!.literal === undefined)
      return [`the overrides of ${group.type}.${group.name} name its machine types: make them ${type}.`];
    draft.rewrite(path, (text) => replaceExpression(text, typed[0]!, quoteHcl(type)));
    return [];
  }
  const named = templateReference(block);
  const template = named === null ? null : { type: "aws_launch_template", name: named };
  if (template === null || (await draft.find(template)) === null)
    return [
      `the launch template of ${group.type}.${group.name} is not in the root module: set its instance_type to ${type}.`,
    ];
  return draft.set(template, launchTemplate.instance!(type));
}

function templateReference(block: LocatedBlock): string | null {
  const own = block.blocks.find(({ type }) => type === "launch_template");
  const mixed = deep(block, "mixed_instances_policy", "launch_template", "launch_template_specification");
  const reference = [...(own?.attributes ?? []), ...(mixed?.attributes ?? [])].find(({ name }) =>
    /^(launch_template_)?(id|name)$/.test(name),
  );
  return (
    /^aws_launch_template\.([\w-]+)(\[\d+\])?\.(id|name)$/.exec(reference?.expression ?? "")?.[1] ?? null
  );
}

function deep(block: LocatedBlock, ...path: string[]): LocatedBlock | undefined {
  return path.reduce<LocatedBlock | undefined>(
    (owner, step) => owner?.blocks.find(({ type }) => type === step),
    block,
  );
}

/** A group with a plain launch template takes it into a mixed policy: the two exclude each other. */
async function useMixedPolicy(draft: Draft, group: Resource): Promise<Outcome> {
  const { path, block } = (await draft.find(group))!;
  if (block.blocks.some(({ type, labels }) => (labels[0] ?? type) === "mixed_instances_policy"))
    return nothing;
  const template = block.blocks.find(({ type }) => type === "launch_template");
  if (template === undefined)
    return {
      hidden: [
        `${group.type}.${group.name} has no launch_template block: spot needs one, in a mixed_instances_policy.`,
      ],
      notes: [],
    };
  const text = draft.text(path);
  const attributes = template.attributes.map(({ name, expression }): [string, string] => [
    /^(id|name)$/.test(name) ? `launch_template_${name}` : name,
    expression,
  ]);
  const lines = wrapped(
    ["mixed_instances_policy", "launch_template", "launch_template_specification"],
    [...commentsOf(text, template), ...alignedLines(attributes)],
  );
  draft.rewrite(path, (before) => replaceBlock(before, template, lines));
  return {
    hidden: [],
    notes: ["The launch template moves into a mixed_instances_policy, since the two exclude each other."],
  };
}

/** Comments inside a block that is written anew, as lines of their own. */
function commentsOf(text: string, block: LocatedBlock): string[] {
  const gaps: string[] = [];
  let from = block.inside;
  for (const { start, end } of block.attributes) {
    gaps.push(text.slice(from, start));
    from = end;
  }
  gaps.push(text.slice(from, block.close));
  return gaps.flatMap((gap) => gap.split(/\r?\n/).map((line) => line.trim())).filter((line) => line !== "");
}

const nodeGroup: ResourceKind = {
  instance: (name) => [setting("instance_types", `[${quoteHcl(name)}]`)],
  size: ({ minimum, maximum }) => [
    setting("scaling_config.min_size", `${minimum}`),
    setting("scaling_config.max_size", `${maximum}`),
    kept("scaling_config.desired_size", { minimum, maximum }),
  ],
  spot: () => [setting("capacity_type", quoteHcl("SPOT"))],
  pool: {
    nameAttribute: "node_group_name",
    longest: 63,
    ending: "-spot",
    counts: ["scaling_config.min_size", "scaling_config.max_size", "scaling_config.desired_size"],
  },
  replaces: ["spot", "instance"],
};

export const AWS_KINDS: Readonly<Record<string, ResourceKind>> = {
  aws_instance: instance,
  aws_launch_template: launchTemplate,
  aws_autoscaling_group: autoscalingGroup,
  aws_eks_node_group: nodeGroup,
};
