import type { EndpointFound, ServerFound, Size } from "../../../serving/contract.js";
import type { Attributes } from "../attributes.js";
import { isReadVariable } from "../engines/settings.js";
import type { Resource } from "../resource.js";
import type { World } from "../world.js";
import {
  arnRegion,
  exactly,
  found,
  mayScale,
  type Opened,
  open,
  openBeside,
  type Reader,
} from "./reading.js";
import { serverOf } from "./server.js";

const ENDPOINT = "aws_sagemaker_endpoint";
const CONFIGURATION = "aws_sagemaker_endpoint_configuration";
const MODEL = "aws_sagemaker_model";
const SCALING_TARGET = "aws_appautoscaling_target";

const regionOf = (resource: Resource, attributes: Attributes): string | null =>
  attributes.text("region") ?? arnRegion(attributes.text("arn")) ?? resource.providerRegion;

/** One entry a variant: each has machines of its own. */
const endpointConfiguration: Reader = (resource, world) => {
  const opened = open(resource);
  const endpoint = world
    .ofType(ENDPOINT)
    .find(
      (candidate) =>
        world.linked(candidate, world.quiet(candidate).raw("endpoint_config_name"), [CONFIGURATION]) ===
        resource,
    );
  const variants = ["production_variants", "shadow_production_variants"].flatMap((kind) =>
    opened.attributes.blocks(kind).map((variant, index) => ({ variant, at: `${kind}[${index}]` })),
  );
  const weights = opened.attributes
    .blocks("production_variants")
    .reduce((sum, variant) => sum + (variant.number("initial_variant_weight") ?? 1), 0);
  const read = variants.map(({ variant, at }) =>
    variantFound({ resource, opened, variant, at, endpoint: endpoint ?? null, weights, world }),
  );
  return {
    endpoints: read.map(({ endpointFound }) => endpointFound),
    servers: read.flatMap(({ server }) => server ?? []),
  };
};

interface Variant {
  readonly resource: Resource;
  readonly opened: Opened;
  readonly variant: Attributes;
  readonly at: string;
  readonly endpoint: Resource | null;
  readonly weights: number;
  readonly world: World;
}

function variantFound(given: Variant): { endpointFound: EndpointFound; server: ServerFound | null } {
  const { resource, opened, variant, at, endpoint, weights, world } = given;
  const address = `${resource.address}.${at}`;
  const beside = endpoint === null ? null : openBeside(endpoint, opened.unknown);
  const name = beside?.text("name") ?? null;
  const arn = beside?.text("arn") ?? null;
  const serverless = variant.block("serverless_config");
  const size = variantSize(given, name);
  const type = variant.text("instance_type");
  const base = { ...found(resource, opened), address };
  const weight = variant.number("initial_variant_weight") ?? 1;
  const model = world.linked(resource, variant.raw("model_name"), [MODEL]);
  const server = model === null ? null : modelServer(base, model, opened, { name, address, size, type });
  const endpointFound: EndpointFound = {
    ...base,
    service: "sagemaker",
    cloud: "aws",
    region: regionOf(resource, opened.attributes),
    name,
    names: [arn, variant.text("variant_name")].flatMap((entry) => entry ?? []),
    model: server?.model ?? null,
    billing: serverless === null ? "per_hour" : "per_use",
    unit: serverless === null ? "instances" : "concurrent_requests",
    size:
      serverless === null
        ? size
        : { minimum: 0, desired: null, maximum: serverless.number("max_concurrency") },
    instance: type,
    attached: null,
    commitment: null,
    autoscaled: mayScale(size),
    scaleToZero: serverless !== null ? true : size.minimum === null ? null : size.minimum === 0,
    trafficShare: at.startsWith("production") && weights > 0 ? weight / weights : 0,
  };
  return { endpointFound, server };
}

/** Limits of application auto scaling win over those of the variant; both may be absent. */
function variantSize({ variant, endpoint, world }: Variant, name: string | null): Size {
  const initial = variant.number("initial_instance_count");
  const managed = variant.block("managed_instance_scaling");
  const variantName = variant.text("variant_name");
  const target = world.ofType(SCALING_TARGET).find((candidate) => {
    const id = world.quiet(candidate).raw("resource_id");
    if (typeof id === "string") return id === `endpoint/${name}/variant/${variantName}`;
    return endpoint !== null && world.linked(candidate, id, [ENDPOINT]) === endpoint;
  });
  const limits = target === undefined ? null : world.quiet(target);
  if (limits === null && managed === null) return exactly(initial);
  return {
    minimum: limits?.number("min_capacity") ?? managed?.number("min_instance_count") ?? initial,
    desired: initial,
    maximum: limits?.number("max_capacity") ?? managed?.number("max_instance_count") ?? initial,
  };
}

function modelServer(
  base: ReturnType<typeof found>,
  model: Resource,
  { unknown }: Opened,
  { name, address, size, type }: { name: string | null; address: string; size: Size; type: string | null },
): ServerFound | null {
  const attributes = openBeside(model, unknown);
  const container = attributes.block("primary_container") ?? attributes.block("container");
  const environment =
    container?.pairs("environment", isReadVariable).map(({ key, value }) => ({ name: key, value })) ?? [];
  const image = container?.text("image") ?? null;
  return serverOf(base, {
    image,
    words: [],
    environment,
    engine: lmiEngine(image, environment),
    name,
    replicas: size,
    autoscaled: mayScale(size),
    gpusPerReplica: null,
    names: name === null ? [] : [name],
    placement: { address, instances: type === null ? [] : [type] },
  });
}

/** AWS's large-model image runs vLLM or TensorRT-LLM, as its environment says. */
function lmiEngine(
  image: string | null,
  environment: readonly { readonly name: string; readonly value: string }[],
): ServerFound["engine"] | null {
  if (image === null || !/djl|lmi/i.test(image)) return null;
  const batching = environment.find(({ name }) => name === "OPTION_ROLLING_BATCH")?.value;
  if (batching === "trtllm" || /tensorrtllm/i.test(image)) return "tensorrt-llm";
  return batching === "vllm" || batching === "lmi-dist" ? "vllm" : null;
}

const provisionedThroughput: Reader = (resource) => {
  const opened = open(resource);
  const { attributes } = opened;
  const arn = attributes.text("provisioned_model_arn");
  const model = attributes.text("model_arn");
  const endpoint: EndpointFound = {
    ...found(resource, opened),
    service: "bedrock",
    cloud: "aws",
    region: attributes.text("region") ?? arnRegion(arn) ?? arnRegion(model) ?? resource.providerRegion,
    name: attributes.text("provisioned_model_name"),
    names: arn === null ? [] : [arn],
    model: model?.split("/").at(-1) ?? null,
    billing: "provisioned",
    unit: "model_units",
    size: exactly(attributes.number("model_units")),
    instance: null,
    attached: null,
    commitment: attributes.text("commitment_duration"),
    autoscaled: false,
    scaleToZero: false,
    trafficShare: null,
  };
  return { endpoints: [endpoint] };
};

export const awsManaged: Readonly<Record<string, Reader>> = {
  [CONFIGURATION]: endpointConfiguration,
  aws_bedrock_provisioned_model_throughput: provisionedThroughput,
};

export const awsManagedNamed = [ENDPOINT, MODEL, SCALING_TARGET];
