import type { Pair, ServerFound } from "../../../serving/contract.js";
import type { Attributes } from "../attributes.js";
import { isReadVariable } from "../engines/settings.js";
import { anyKey } from "./reading.js";
import type { Container } from "./server.js";

/** How the fields of a pod are spelled: by the Terraform provider, or by Kubernetes itself. */
export interface Spelling {
  readonly containers: string;
  readonly nodeSelector: string;
}

export const PROVIDER: Spelling = { containers: "container", nodeSelector: "node_selector" };
export const KUBERNETES: Spelling = { containers: "containers", nodeSelector: "nodeSelector" };

/** Resources that a container asks for to get accelerators. */
const ACCELERATORS = ["nvidia.com/gpu", "amd.com/gpu", "aws.amazon.com/neuron", "google.com/tpu"];

const INSTANCE_LABELS = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];

/** Labels whose value names the GPU. */
const GPU_LABELS = [
  "cloud.google.com/gke-accelerator",
  "karpenter.k8s.aws/instance-gpu-name",
  "nvidia.com/gpu.product",
];

type PodContainer = Pick<Container, "image" | "words" | "environment" | "gpusPerReplica" | "placement">;

export function containersOf(pod: Attributes | null, spelling: Spelling): PodContainer[] {
  const nodeLabels = pod?.pairs(spelling.nodeSelector, anyKey) ?? [];
  return (pod?.blocks(spelling.containers) ?? []).map((container) => ({
    image: container.text("image"),
    words: [...container.words("command"), ...container.words("args")],
    environment: environmentOf(container, "env"),
    gpusPerReplica: gpusOf(container),
    placement: placementOf(nodeLabels),
  }));
}

export function gpusOf(container: Attributes): number | null {
  const resources = container.block("resources");
  for (const kind of ["limits", "requests"]) {
    const amounts = resources?.block(kind) ?? null;
    for (const name of ACCELERATORS) {
      const count = amounts?.number(name) ?? null;
      if (count !== null) return count;
    }
  }
  return null;
}

/** A list of name and value, or a map; values of names that nobody reads are never looked at. */
export function environmentOf(container: Attributes, field: string): Container["environment"] {
  const listed = container.blocks(field).flatMap((entry) => {
    const name = entry.text("name");
    const value = name !== null && isReadVariable(name) ? entry.text("value") : null;
    return name === null || value === null ? [] : [{ name, value }];
  });
  return [
    ...listed,
    ...container.pairs(field, isReadVariable).map(({ key, value }) => ({ name: key, value })),
  ];
}

export function placementOf(nodeLabels: readonly Pair[]): Partial<ServerFound["placement"]> {
  const valuesOf = (keys: readonly string[]): string[] =>
    nodeLabels.filter(({ key }) => keys.includes(key)).map(({ value }) => value);
  return { nodeLabels, instances: valuesOf(INSTANCE_LABELS), accelerator: valuesOf(GPU_LABELS)[0] ?? null };
}

/** Every way to address a service from within its cluster. */
export function serviceNames(name: string | null, namespace: string | null): string[] {
  if (name === null) return [];
  const space = namespace ?? "default";
  return [name, `${name}.${space}`, `${name}.${space}.svc`, `${name}.${space}.svc.cluster.local`];
}
