import { renderYaml } from "../../shared/artifact.js";
import type { Patch, PatchInput, PatchWriter } from "../contract.js";
import { type ChangedFleet, changedFleets } from "../fleets.js";
import { onOneLine } from "../guard.js";
import { commented, fleetGuardLines, openingLines } from "../heading.js";
import { uniqueAlias } from "../routes.js";
import { type Launch, launchOf, weightsOf } from "./arguments.js";
import { nodePools, spotPlacement } from "./node-pools.js";
import { scaledObject } from "./scaled-object.js";

/**
 * Shapes: Kubernetes apps/v1, v1, policy/v1; keda.sh/v1alpha1; karpenter.sh/v1. Every generated file is held to their
 * published schemas by the suite `e2e:patches`.
 */
export const kubernetes: PatchWriter = {
  id: "kubernetes",
  summary: "Kubernetes manifests of a fleet, with KEDA where it scales and Karpenter where it runs on spot",
  write(input) {
    const taken = new Set<string>();
    return changedFleets(input).flatMap((fleet): Patch[] => {
      const start = launchOf(fleet.after.fleet);
      const name = kubernetesName(uniqueAlias(fleet.id, taken));
      return start === null ? [] : [manifestsOf(fleet, start, name, input)];
    });
  },
};

/** RFC 1123: lower-case letters, digits and dashes, at most 50 so that endings fit. */
export function kubernetesName(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 50)
    .replace(/-+$/, "");
  return plain === "" ? "fleet" : plain;
}

function manifestsOf(fleet: ChangedFleet, start: Launch, name: string, input: PatchInput): Patch {
  const { fleet: after, replicas } = fleet.after;
  const scaled = scaledObject(name, fleet.after, start);
  const pools = nodePools(name, after);
  const objects: unknown[] = [
    ...(start.settings === null ? [] : [configMap(name, start)]),
    deployment(name, fleet, start),
    service(name, start),
    disruptionBudget(name),
    ...(scaled === null ? [] : [scaled.object]),
    ...pools.objects,
  ];
  const file = `kubernetes-${name}.yaml`;
  const lines = [
    ...openingLines(input, fleet.actions, `Kubernetes manifests of ${onOneLine(fleet.id)}`, "state"),
    "Apply",
    `  1. Create the secret ${name}-model with the key MODEL: ${weightsOf(after)}.`,
    `  2. Pin the image to the release that you run; its arguments are those of ${start.image}.`,
    `  3. kubectl diff -f ${file}, then kubectl apply -f ${file}`,
    "",
    ...known([...(scaled?.notes ?? []), ...pools.notes]),
    ...fleetGuardLines(`kubectl rollout undo deployment/${name}; kubectl delete what was not there before.`),
  ];
  return {
    file,
    text: `${commented(lines)}\n${objects.map((object) => renderYaml(object)).join("---\n")}`,
    summary: `Kubernetes manifests of ${onOneLine(fleet.id)}: ${replicas.least === replicas.most ? `${replicas.most} replicas` : `${replicas.least} to ${replicas.most} replicas`}.`,
    actions: fleet.actions.map(({ id }) => id),
  };
}

const known = (notes: readonly string[]): string[] =>
  notes.length === 0 ? [] : ["Know", ...notes.map((note) => `  - ${note}`), ""];

const labels = (name: string) => ({ "app.kubernetes.io/name": name });

const configMap = (name: string, { settings }: Launch) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: `${name}-settings`, labels: labels(name) },
  data: { "settings.yaml": renderYaml(settings) },
});

function deployment(name: string, { after }: ChangedFleet, start: Launch) {
  const { fleet, replicas } = after;
  const { gpusPerReplica } = fleet.serving;
  const placement = spotPlacement(name, fleet);
  const settings = start.settings === null ? [] : [{ name: "settings", mountPath: "/etc/serving" }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: labels(name) },
    spec: {
      // KEDA sets the number of what scales; a number here would fight it at every apply.
      ...(fleet.scaling.kind === "autoscaled" ? {} : { replicas: replicas.least }),
      selector: { matchLabels: labels(name) },
      template: {
        metadata: { labels: labels(name) },
        spec: {
          // Time for requests in flight: spot machines give 30 seconds to two minutes.
          terminationGracePeriodSeconds: 60,
          nodeSelector: { "node.kubernetes.io/instance-type": fleet.instance },
          tolerations: [
            { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
            ...placement.tolerations,
          ],
          ...(placement.spread === null ? {} : { topologySpreadConstraints: [placement.spread] }),
          containers: [
            {
              name: "engine",
              image: start.image,
              command: [...start.command],
              args: argumentsOf(start),
              env: [{ name: "MODEL", valueFrom: { secretKeyRef: { name: `${name}-model`, key: "MODEL" } } }],
              ports: [{ name: "http", containerPort: start.port }],
              // A start takes minutes; a probe that gives up earlier would never let one finish.
              startupProbe: {
                httpGet: { path: "/health", port: "http" },
                periodSeconds: 10,
                failureThreshold: 180,
              },
              readinessProbe: { httpGet: { path: "/health", port: "http" }, periodSeconds: 5 },
              resources: { limits: { "nvidia.com/gpu": `${gpusPerReplica}` } },
              volumeMounts: [{ name: "shm", mountPath: "/dev/shm" }, ...settings],
            },
          ],
          volumes: [
            { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "8Gi" } },
            ...(start.settings === null
              ? []
              : [{ name: "settings", configMap: { name: `${name}-settings` } }]),
          ],
        },
      },
    },
  };
}

/** `$(MODEL)` is Kubernetes' own way to put an environment variable into an argument; `$$(` keeps a text as it is. */
function argumentsOf({ modelFlag, flags, settings, settingsFlag }: Launch): string[] {
  return [
    ...(modelFlag === null ? [] : [modelFlag]),
    "$(MODEL)",
    ...(settings === null ? [] : [settingsFlag!, "/etc/serving/settings.yaml"]),
    ...flags.flatMap(([flag, value]) =>
      value === null ? [flag] : [flag, value.replaceAll("$(", () => "$$(")],
    ),
  ];
}

const service = (name: string, { port }: Launch) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, labels: labels(name) },
  spec: { selector: labels(name), ports: [{ name: "http", port, targetPort: "http" }] },
});

const disruptionBudget = (name: string) => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name, labels: labels(name) },
  spec: { maxUnavailable: 1, selector: { matchLabels: labels(name) } },
});
