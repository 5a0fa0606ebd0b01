import type { FleetState } from "../contract.js";
import type { Launch } from "./arguments.js";
import { blocksOf, cronOf } from "./schedule.js";

/** Requests that may wait at each replica before another one is added (judged: less than a second of work). */
const WAITING_THRESHOLD = 5;

/**
 * KEDA's ScaledObject for a fleet that scales: the hours of the day by schedule, as far ahead as a start takes, and the
 * queue as a safety beside it. null where the number of replicas is fixed.
 */
export function scaledObject(
  name: string,
  { fleet, replicas, byHour }: FleetState,
  { waiting }: Launch,
): { readonly object: unknown; readonly notes: readonly string[] } | null {
  if (fleet.scaling.kind !== "autoscaled") return null;
  const lag = Math.ceil(fleet.scaling.lagMinutes);
  const scheduled = (byHour === null ? [] : blocksOf(byHour, replicas.least)).map((block) => ({
    type: "cron",
    metadata: {
      timezone: "Etc/UTC",
      start: cronOf(block.from, lag),
      end: cronOf(block.to % 24),
      desiredReplicas: `${block.replicas}`,
    },
  }));
  const queued =
    waiting === null
      ? []
      : [
          {
            type: "prometheus",
            metadata: {
              serverAddress: "http://prometheus-server.monitoring.svc",
              query: `sum(${waiting}{service="${name}"})`,
              threshold: `${WAITING_THRESHOLD}`,
            },
          },
        ];
  return {
    object: {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name },
      spec: {
        scaleTargetRef: { name },
        minReplicaCount: replicas.least,
        maxReplicaCount: replicas.most,
        pollingInterval: 30,
        cooldownPeriod: 300,
        // Without any trigger KEDA refuses the object; one that always asks for the least changes nothing.
        triggers:
          scheduled.length + queued.length === 0 ? [always(replicas.least)] : [...scheduled, ...queued],
      },
    },
    notes: [
      scheduled.length > 0
        ? `Replicas start ${lag} minutes ahead of the hour (UTC) that needs them, as observed; change the schedule when the day changes.`
        : "No schedule: the observed span is shorter than a day, or every hour needs the same. A queue alone scales late, by the time of a start.",
      ...(queued.length > 0
        ? ["Point serverAddress at your Prometheus, and the query's label at how it names the service."]
        : []),
    ],
  };
}

const always = (replicas: number) => ({
  type: "cron",
  metadata: { timezone: "Etc/UTC", start: "0 0 * * *", end: "59 23 * * *", desiredReplicas: `${replicas}` },
});
