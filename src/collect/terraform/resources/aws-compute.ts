import type { PoolFound, Purchase, Size } from "../../../serving/contract.js";
import { type Attributes, attributesOf, type UnknownField } from "../attributes.js";
import type { Resource } from "../resource.js";
import type { World } from "../world.js";
import {
  anyKey,
  arnRegion,
  awsZoneRegion,
  exactly,
  found,
  mayScale,
  ON_DEMAND,
  open,
  openBeside,
  type Reader,
  SPOT,
} from "./reading.js";

const TEMPLATES = ["aws_launch_template", "aws_launch_configuration"];

/** Where a resource stands, by whatever of it says so; that the rest is unknown does not matter then. */
function regionOf(resource: Resource, unknown: UnknownField[]): string | null {
  const quiet = attributesOf(resource.values, []);
  const zone = quiet.text("availability_zone") ?? quiet.texts("availability_zones")[0] ?? null;
  const region =
    quiet.text("region") ?? awsZoneRegion(zone) ?? arnRegion(quiet.text("arn")) ?? resource.providerRegion;
  if (region === null) unknown.push({ field: "region", reason: "neither it nor its provider states one" });
  return region;
}

function marketOf(attributes: Attributes | null): Purchase | null {
  const market = attributes?.block("instance_market_options")?.text("market_type") ?? null;
  if (market === "spot") return SPOT;
  return market === "capacity-block" ? { kind: "capacity_block", spotShare: 0 } : null;
}

/** The template that a block or a name points at, with its own unknown parts noted under its type. */
function templateOf(
  resource: Resource,
  attributes: Attributes,
  world: World,
  unknown: UnknownField[],
): Attributes | null {
  const block = attributes.block("launch_template");
  const named = [
    block?.raw("id"),
    block?.raw("launch_template_id"),
    block?.raw("name"),
    attributes.raw("launch_configuration"),
  ];
  for (const value of named) {
    const template = world.linked(resource, value ?? null, TEMPLATES);
    if (template !== null) return openBeside(template, unknown);
  }
  return null;
}

const instance: Reader = (resource, world) => {
  const opened = open(resource);
  const { attributes, unknown } = opened;
  const own = attributes.text("instance_type");
  const template = own === null ? templateOf(resource, attributes, world, unknown) : null;
  const type = own ?? template?.text("instance_type") ?? null;
  const spot =
    resource.type === "aws_spot_instance_request" || attributes.text("instance_lifecycle") === "spot";
  const pool: PoolFound = {
    ...found(resource, opened),
    cloud: "aws",
    region: regionOf(resource, unknown),
    kind: "instance",
    name: null,
    instances: type === null ? [] : [type],
    attached: null,
    markedGpu: false,
    size: exactly(resource.copies === null ? 1 : null),
    autoscaled: false,
    purchase: spot ? SPOT : (marketOf(attributes) ?? marketOf(template) ?? ON_DEMAND),
    labels: [],
  };
  return { pools: [pool] };
};

const scalingGroup: Reader = (resource, world) => {
  const opened = open(resource);
  const { attributes, unknown } = opened;
  const size = sizeOf(attributes, "min_size", "desired_capacity", "max_size");
  const policy = attributes.block("mixed_instances_policy");
  const specification = policy?.block("launch_template")?.block("launch_template_specification") ?? null;
  const template =
    policy === null
      ? templateOf(resource, attributes, world, unknown)
      : specifiedTemplate(resource, specification, world, unknown);
  const overrides = policy?.block("launch_template")?.blocks("override") ?? [];
  const own = overrides.flatMap((override) => override.text("instance_type") ?? []);
  const requirements = [...overrides, template].map((place) => place?.block("instance_requirements") ?? null);
  const type = template?.text("instance_type") ?? null;
  const name = attributes.text("name");
  const pool: PoolFound = {
    ...found(resource, opened),
    cloud: "aws",
    region: regionOf(resource, unknown),
    kind: "scaling_group",
    name,
    instances: own.length > 0 ? [...new Set(own)] : type === null ? [] : [type],
    attached: null,
    markedGpu: requirements.some(
      (required) => (required?.block("accelerator_count")?.number("min") ?? 0) > 0,
    ),
    size,
    autoscaled: mayScale(size) || isScaled(resource, name, world),
    purchase: policy === null ? (marketOf(template) ?? ON_DEMAND) : mixOf(policy, size),
    labels: [],
  };
  return { pools: [pool] };
};

function specifiedTemplate(
  resource: Resource,
  specification: Attributes | null,
  world: World,
  unknown: UnknownField[],
): Attributes | null {
  const named = [specification?.raw("launch_template_id"), specification?.raw("launch_template_name")];
  for (const value of named) {
    const template = world.linked(resource, value ?? null, TEMPLATES);
    if (template !== null) return openBeside(template, unknown);
  }
  return null;
}

/** Without a distribution all is on demand; the base is on demand before the percentage counts. */
function mixOf(policy: Attributes, { desired, maximum }: Size): Purchase {
  const distribution = policy.block("instances_distribution");
  const percentage = distribution?.number("on_demand_percentage_above_base_capacity") ?? 100;
  const base = distribution?.number("on_demand_base_capacity") ?? 0;
  const machines = desired ?? maximum;
  const above = machines === null || machines === 0 ? 1 : Math.max(0, machines - base) / machines;
  const spotShare = above * (1 - percentage / 100);
  return { kind: spotShare === 0 ? "on_demand" : spotShare === 1 ? "spot" : "mixed", spotShare };
}

function isScaled(resource: Resource, name: string | null, world: World): boolean {
  return world.ofType("aws_autoscaling_policy", "aws_autoscaling_schedule").some((rule) => {
    const group = world.quiet(rule).raw("autoscaling_group_name");
    return (
      group === name || world.linked(rule, group, ["aws_autoscaling_group"])?.address === resource.address
    );
  });
}

const nodeGroup: Reader = (resource, world) => {
  const opened = open(resource);
  const { attributes, unknown } = opened;
  const scaling = attributes.block("scaling_config");
  const size = sizeOf(scaling, "min_size", "desired_size", "max_size");
  const own = attributes.texts("instance_types");
  const template = own.length === 0 ? templateOf(resource, attributes, world, unknown) : null;
  const type = template?.text("instance_type") ?? null;
  const name = attributes.text("node_group_name");
  const capacity = attributes.text("capacity_type");
  const pool: PoolFound = {
    ...found(resource, opened),
    cloud: "aws",
    region: regionOf(resource, unknown),
    kind: "node_pool",
    name,
    instances: own.length > 0 ? own : type === null ? [] : [type],
    attached: null,
    markedGpu: /GPU|NVIDIA|NEURON/.test(attributes.text("ami_type") ?? ""),
    size,
    autoscaled: mayScale(size),
    purchase:
      capacity === "SPOT"
        ? SPOT
        : capacity === "CAPACITY_BLOCK"
          ? { kind: "capacity_block", spotShare: 0 }
          : (marketOf(template) ?? (attributes.isUnknown("capacity_type") ? null : ON_DEMAND)),
    labels: [
      ...attributes.pairs("labels", anyKey),
      ...(name === null ? [] : [{ key: "eks.amazonaws.com/nodegroup", value: name }]),
    ],
  };
  return { pools: [pool] };
};

export function sizeOf(
  attributes: Attributes | null,
  minimum: string,
  desired: string,
  maximum: string,
): Size {
  return {
    minimum: attributes?.number(minimum) ?? null,
    desired: attributes?.number(desired) ?? null,
    maximum: attributes?.number(maximum) ?? null,
  };
}

export const awsCompute: Readonly<Record<string, Reader>> = {
  aws_instance: instance,
  aws_spot_instance_request: instance,
  aws_autoscaling_group: scalingGroup,
  aws_eks_node_group: nodeGroup,
};

/** Read where another resource names them. */
export const awsComputeNamed = [...TEMPLATES, "aws_autoscaling_policy", "aws_autoscaling_schedule"];
