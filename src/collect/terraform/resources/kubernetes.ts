import type { PoolFound, ServerFound, Size } from "../../../serving/contract.js";
import { NO_SIZE } from "../../../serving/contract.js";
import type { Attributes } from "../attributes.js";
import type { Resource } from "../resource.js";
import type { World } from "../world.js";
import { containersOf, KUBERNETES, PROVIDER, type Spelling, serviceNames } from "./pods.js";
import {
  anyKey,
  exactly,
  found,
  mayScale,
  ON_DEMAND,
  type Opened,
  open,
  type Reader,
  SPOT,
} from "./reading.js";
import { serverOf } from "./server.js";

const SERVICES = ["kubernetes_service", "kubernetes_service_v1"];
const INGRESSES = ["kubernetes_ingress", "kubernetes_ingress_v1"];
const SCALERS = [
  "kubernetes_horizontal_pod_autoscaler",
  "kubernetes_horizontal_pod_autoscaler_v1",
  "kubernetes_horizontal_pod_autoscaler_v2",
  "kubernetes_horizontal_pod_autoscaler_v2beta2",
];
const MANIFESTS = ["kubernetes_manifest", "kubectl_manifest"];
const WORKLOAD_KINDS = new Set(["Deployment", "StatefulSet", "DaemonSet", "LeaderWorkerSet"]);

const workload: Reader = (resource, world) => {
  const opened = open(resource);
  const { attributes } = opened;
  return { servers: workloadServers(resource, opened, attributes, PROVIDER, world) };
};

const manifest: Reader = (resource, world) => {
  const opened = open(resource);
  const object = manifestOf(opened.attributes);
  const kind = object?.text("kind") ?? "";
  if (object === null) return {};
  if (WORKLOAD_KINDS.has(kind))
    return { servers: workloadServers(resource, opened, object, KUBERNETES, world) };
  if (kind === "NodePool" && (object.text("apiVersion") ?? "").startsWith("karpenter.sh/")) {
    return { pools: [karpenterPool(resource, opened, object)] };
  }
  if (kind === "InferenceService") return { servers: inferenceServers(resource, opened, object, world) };
  return {};
};

const manifestOf = (attributes: Attributes): Attributes | null =>
  attributes.block("manifest") ?? attributes.documents("yaml_body")[0] ?? null;

interface Named {
  readonly name: string | null;
  readonly namespace: string | null;
}

function nameOf(object: Attributes): Named {
  const metadata = object.block("metadata");
  return { name: metadata?.text("name") ?? null, namespace: metadata?.text("namespace") ?? null };
}

function workloadServers(
  resource: Resource,
  opened: Opened,
  object: Attributes,
  spelling: Spelling,
  world: World,
): ServerFound[] {
  const named = nameOf(object);
  const spec = object.block("spec");
  const template = spec?.block("template") ?? null;
  const written = spec?.number("replicas") ?? (spec?.isUnknown("replicas") ? null : 1);
  const limits = limitsOf(named, world);
  const replicas: Size =
    limits === null
      ? exactly(resource.copies === null ? written : null)
      : { minimum: limits.minimum, desired: written, maximum: limits.maximum };
  const labels = template?.block("metadata")?.pairs("labels", anyKey) ?? [];
  return containersOf(template?.block("spec") ?? null, spelling).flatMap(
    (container) =>
      serverOf(found(resource, opened), {
        ...container,
        name: named.name,
        replicas,
        autoscaled: limits !== null,
        names: [...serviceNames(named.name, named.namespace), ...exposedNames(named, labels, world)],
      }) ?? [],
  );
}

/** Limits of a horizontal autoscaler or a KEDA object that scales this workload. */
function limitsOf({ name }: Named, world: World): Pick<Size, "minimum" | "maximum"> | null {
  if (name === null) return null;
  for (const scaler of world.ofType(...SCALERS)) {
    const spec = world.quiet(scaler).block("spec");
    if (spec?.block("scale_target_ref")?.text("name") === name)
      return { minimum: spec.number("min_replicas"), maximum: spec.number("max_replicas") };
  }
  for (const written of world.ofType(...MANIFESTS)) {
    const object = manifestOf(world.quiet(written));
    const spec = object?.block("spec") ?? null;
    if (spec?.block("scaleTargetRef")?.text("name") !== name) continue;
    return {
      minimum: spec?.number("minReplicas") ?? spec?.number("minReplicaCount") ?? null,
      maximum: spec?.number("maxReplicas") ?? spec?.number("maxReplicaCount") ?? null,
    };
  }
  return null;
}

/** Services whose selector takes the workload's labels, and the hosts of ingresses in front of them. */
function exposedNames({ namespace }: Named, labels: ReturnType<Attributes["pairs"]>, world: World): string[] {
  const services = world.ofType(...SERVICES).flatMap((service) => {
    const attributes = world.quiet(service);
    const selector = attributes.block("spec")?.pairs("selector", anyKey) ?? [];
    const takes =
      selector.length > 0 &&
      selector.every(({ key, value }) => labels.some((label) => label.key === key && label.value === value));
    const named = nameOf(attributes);
    return takes && (named.namespace ?? "default") === (namespace ?? "default") ? [named] : [];
  });
  const names = services.flatMap(({ name, namespace: space }) => serviceNames(name, space));
  return [
    ...names,
    ...ingressHosts(
      services.flatMap(({ name }) => name ?? []),
      world,
    ),
  ];
}

function ingressHosts(services: readonly string[], world: World): string[] {
  return world.ofType(...INGRESSES).flatMap((ingress) => {
    const rules = world.quiet(ingress).block("spec")?.blocks("rule") ?? [];
    return rules.flatMap((rule) => {
      const backends = rule
        .blocks("http")
        .flatMap((http) => http.blocks("path"))
        .map((path) => path.block("backend"))
        .map((backend) => backend?.block("service")?.text("name") ?? backend?.text("service_name"));
      return backends.some((name) => services.includes(name ?? "")) ? (rule.text("host") ?? []) : [];
    });
  });
}

/** KServe: containers of a predictor of one's own. Runtimes that the cluster defines are not in these files. */
function inferenceServers(
  resource: Resource,
  opened: Opened,
  object: Attributes,
  world: World,
): ServerFound[] {
  const named = nameOf(object);
  const predictor = object.block("spec")?.block("predictor") ?? null;
  const [minimum, maximum] = [
    predictor?.number("minReplicas") ?? null,
    predictor?.number("maxReplicas") ?? null,
  ];
  const replicas: Size = { minimum, desired: null, maximum };
  return containersOf(predictor, KUBERNETES).flatMap(
    (container) =>
      serverOf(found(resource, opened), {
        ...container,
        name: named.name,
        replicas,
        autoscaled: mayScale(replicas),
        names: [...serviceNames(named.name, named.namespace), ...exposedNames(named, [], world)],
      }) ?? [],
  );
}

/** Karpenter starts machines of these types as pods ask for them; how many run is not in any file. */
function karpenterPool(resource: Resource, opened: Opened, object: Attributes): PoolFound {
  const { name } = nameOf(object);
  const template = object.block("spec")?.block("template") ?? null;
  const requirements = template?.block("spec")?.blocks("requirements") ?? [];
  const valuesOf = (key: string): string[] =>
    requirements
      .filter((requirement) => requirement.text("key") === key && requirement.text("operator") === "In")
      .flatMap((requirement) => requirement.texts("values"));
  const capacity = valuesOf("karpenter.sh/capacity-type");
  const spot = capacity.includes("spot");
  const gpus = object.block("spec")?.block("limits")?.number("nvidia.com/gpu") ?? null;
  const accelerators = valuesOf("karpenter.k8s.aws/instance-gpu-name");
  return {
    ...found(resource, opened),
    cloud: "aws",
    region: null,
    kind: "node_pool",
    name,
    instances: valuesOf("node.kubernetes.io/instance-type"),
    attached: null,
    markedGpu: gpus !== null || accelerators.length > 0,
    size: { ...NO_SIZE, minimum: 0 },
    autoscaled: true,
    // With both kinds allowed Karpenter prefers spot, so how much is on demand is not known.
    purchase: spot ? (capacity.length > 1 ? null : SPOT) : ON_DEMAND,
    labels: [
      ...(template?.block("metadata")?.pairs("labels", anyKey) ?? []),
      ...(name === null ? [] : [{ key: "karpenter.sh/nodepool", value: name }]),
    ],
  };
}

const WORKLOADS = ["deployment", "stateful_set", "daemon_set", "daemonset"].flatMap((kind) => [
  `kubernetes_${kind}`,
  `kubernetes_${kind}_v1`,
]);

export const kubernetes: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(WORKLOADS.map((type) => [type, workload])),
  ...Object.fromEntries(MANIFESTS.map((type) => [type, manifest])),
};

export const kubernetesNamed = [...SERVICES, ...INGRESSES, ...SCALERS];
