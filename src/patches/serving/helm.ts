import { renderYaml } from "../../shared/artifact.js";
import type { Patch, PatchInput, PatchWriter } from "../contract.js";
import { type ChangedFleet, changedFleets } from "../fleets.js";
import { onOneLine } from "../guard.js";
import { commented, fleetGuardLines, openingLines } from "../heading.js";
import { uniqueAlias } from "../routes.js";
import { launchOf, weightsOf } from "./arguments.js";
import { kubernetesName } from "./kubernetes.js";
import { spotPlacement } from "./node-pools.js";
import { scaledObject } from "./scaled-object.js";

/**
 * Values of vLLM's production-stack chart (`vllm-stack`): names and types from helm/values.schema.json at commit 01eaf92c,
 * read 2026-11. Only what the plan decides stands here; the rest comes from the values that the release has.
 */
export const helm: PatchWriter = {
  id: "helm",
  summary: "Values for vLLM's production-stack chart: replicas, arguments, autoscaling, machines of a fleet",
  write(input) {
    const taken = new Set<string>();
    return changedFleets(input)
      .filter(({ after }) => after.fleet.serving.engine === "vllm")
      .map((fleet) => valuesOf(fleet, kubernetesName(uniqueAlias(fleet.id, taken)), input));
  },
};

function valuesOf(fleet: ChangedFleet, name: string, input: PatchInput): Patch {
  const { fleet: after, replicas } = fleet.after;
  const { serving } = after;
  const start = launchOf(after)!;
  const scaled = scaledObject(name, fleet.after, start);
  const file = `helm-values-${name}.yaml`;
  const values = {
    servingEngineSpec: {
      modelSpec: [
        {
          name,
          replicaCount: replicas.least,
          requestGPU: serving.gpusPerReplica,
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: "node.kubernetes.io/instance-type", operator: "In", values: [after.instance] },
              ],
            },
          ],
          tolerations: [
            { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
            ...spotPlacement(name, after).tolerations,
          ],
          vllmConfig: {
            tensorParallelSize: serving.gpusPerReplica,
            maxNumSeqs: serving.maximumBatch,
            gpuMemoryUtilization: 0.9,
            enablePrefixCaching: serving.prefixCaching,
            extraArgs: [
              "--served-model-name",
              after.model,
              "--kv-cache-dtype",
              serving.kvPrecision === "fp8" ? "fp8" : "auto",
            ],
          },
          ...(scaled === null
            ? {}
            : {
                keda: {
                  enabled: true,
                  minReplicaCount: replicas.least,
                  maxReplicaCount: replicas.most,
                  pollingInterval: 30,
                  cooldownPeriod: 300,
                },
              }),
        },
      ],
    },
  };
  const lines = [
    ...openingLines(
      input,
      fleet.actions,
      `Helm values of ${onOneLine(fleet.id)} for vllm/vllm-stack`,
      "state",
    ),
    "Apply",
    `  1. Merge the entry into the one of that model in your own values: modelSpec is a list, and Helm replaces lists whole.`,
    `  2. Keep your modelURL, repository, tag and requests; the weights are ${weightsOf(after)}.`,
    `  3. helm diff upgrade, where the plugin is at hand, then helm upgrade RELEASE vllm/vllm-stack -f your-values.yaml`,
    "",
    ...(scaled === null
      ? []
      : [
          "Know",
          `  - The chart scales on the queue alone, which is late by the time of a start; kubernetes-${name}.yaml has the schedule ahead of need.`,
          "",
        ]),
    ...fleetGuardLines("helm rollback RELEASE"),
  ];
  return {
    file,
    text: `${commented(lines)}\n${renderYaml(values)}`,
    summary: `Helm values of ${onOneLine(fleet.id)} for vLLM's production stack.`,
    actions: fleet.actions.map(({ id }) => id),
  };
}
