import type { Fleet } from "../../serving/contract.js";

/** Share of spot in tenths: domains that pods are spread over evenly. */
const DOMAINS = 10;
const SPREAD_KEY = "capacity-spread";

/** What spot machines need beside the machines themselves. */
export interface Placement {
  readonly tolerations: readonly Readonly<Record<string, string>>[];
  readonly spread: Readonly<Record<string, unknown>> | null;
}

/** Taints that clouds put on spot nodes; Google's is optional there, and tolerating it harms nothing. */
const SPOT_TAINTS: Readonly<Record<string, string>> = {
  azure: "kubernetes.azure.com/scalesetpriority",
  gcp: "cloud.google.com/gke-spot",
};

const SPOT_VALUES: Readonly<Record<string, string>> = { azure: "spot", gcp: "true" };

export function spotPlacement(name: string, { cloud, spotShare }: Fleet): Placement {
  const key = SPOT_TAINTS[cloud];
  const tolerations =
    spotShare > 0 && key !== undefined
      ? [{ key, operator: "Equal", value: SPOT_VALUES[cloud]!, effect: "NoSchedule" }]
      : [];
  const isSpread = cloud === "aws" && spotShare > 0 && spotShare < 1;
  return {
    tolerations,
    spread: isSpread
      ? {
          maxSkew: 1,
          topologyKey: SPREAD_KEY,
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { "app.kubernetes.io/name": name } },
        }
      : null,
  };
}

/**
 * Karpenter's NodePools of a fleet with spot machines, on AWS. A share of them is had as Karpenter's own guide does it:
 * so many of ten values of a label belong to the spot pool, the rest to the on-demand one, and pods spread over all ten.
 */
export function nodePools(
  name: string,
  fleet: Fleet,
): { readonly objects: readonly unknown[]; readonly notes: readonly string[] } {
  const { cloud, spotShare } = fleet;
  if (cloud !== "aws" || spotShare === 0) return { objects: [], notes: [] };
  const spot = Math.round(spotShare * DOMAINS);
  const domains = Array.from({ length: DOMAINS }, (_, index) => `${index + 1}`);
  const pools =
    spot === DOMAINS
      ? [nodePool(`${name}-spot`, fleet, "spot", null)]
      : [
          nodePool(`${name}-spot`, fleet, "spot", domains.slice(0, spot)),
          nodePool(`${name}-on-demand`, fleet, "on-demand", domains.slice(spot)),
        ];
  return {
    objects: pools,
    notes: ["NodePools refer to an EC2NodeClass named default; name yours."],
  };
}

const nodePool = (
  name: string,
  { instance }: Fleet,
  capacity: string,
  domains: readonly string[] | null,
) => ({
  apiVersion: "karpenter.sh/v1",
  kind: "NodePool",
  metadata: { name },
  spec: {
    template: {
      spec: {
        nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: "default" },
        requirements: [
          { key: "karpenter.sh/capacity-type", operator: "In", values: [capacity] },
          { key: "node.kubernetes.io/instance-type", operator: "In", values: [instance] },
          ...(domains === null ? [] : [{ key: SPREAD_KEY, operator: "In", values: [...domains] }]),
        ],
        taints: [{ key: "nvidia.com/gpu", effect: "NoSchedule" }],
      },
    },
    disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: "5m" },
  },
});
