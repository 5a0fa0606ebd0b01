import type { routingSchema } from "../../run/contract.js";
import type { ArtifactBody } from "../../shared/artifact.js";
import { toFileShape } from "../../shared/case.js";
import { percent, points, usd, whole } from "./format.js";
import { table } from "./table.js";

type Routing = ArtifactBody<typeof routingSchema>;

/** Everything of routing.yaml but the weights, which are for routers. */
export function routingJson({ policy, ...routing }: Routing, written: readonly string[]): unknown {
  const shown = policy === null ? null : { kind: policy.kind, rule: policy.rule, routes: policy.routes };
  return { ...(toFileShape({ ...routing, policy: shown }) as object), written };
}

export function renderRouting(routing: Routing): string {
  const { policy, certificate, samples, warnings } = routing;
  const head = `${whole(routing.considered)} policies compared on ${whole(samples.training)} training samples, one judged on ${whole(samples.heldOut)} held out.`;
  if (policy === null || certificate === null) {
    return [head, "Nothing saves within the margin: the baseline stays.", ...warnings].join("\n");
  }
  const lines = [
    head,
    "",
    `${certificate.verdict.toUpperCase()}: ${policy.rule}`,
    certificate.explanation,
    "",
    trafficTable(routing),
    ...(policy.routes.length === 0 ? [] : ["", routesTable(policy.routes)]),
    ...costLine(routing),
    "",
    "Others on the same held-out samples (estimates, not certified):",
    comparisonTable(routing),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return lines.join("\n");
}

const name = ({ provider, model }: { readonly provider: string; readonly model: string }): string =>
  provider === "" ? model : `${provider}/${model}`;

function trafficTable({ traffic }: Routing): string {
  const rows = traffic.map((row) => [name(row), percent(row.used), percent(row.asked)]);
  return table(["model", "answers", "asked"], rows, ["left", "right", "right"]);
}

function routesTable(routes: NonNullable<Routing["policy"]>["routes"]): string {
  return table(
    ["cluster", "goes to"],
    routes.map((route) => [route.cluster, name(route)]),
    ["left", "left"],
  );
}

function costLine({ cost, latencyMs }: Routing): string[] {
  if (cost === null) return [];
  const wait =
    latencyMs === null
      ? ""
      : ` p95 latency ${whole(latencyMs.policyP95)} ms against ${whole(latencyMs.baselineP95)} ms, measured.`;
  return [
    "",
    `Held-out samples cost ${usd(cost.policyUsd)} instead of ${usd(cost.baselineUsd)}: ${percent(cost.savingShare)} less (${cost.basis}).${wait}`,
  ];
}

function comparisonTable({ comparisons, cost, certificate }: Routing): string {
  const own = {
    name: "this policy",
    difference: certificate?.difference ?? null,
    savingShare: cost?.savingShare ?? null,
  };
  const rows = [own, ...comparisons].map((row) => [
    row.name,
    row.difference === null ? "-" : points(row.difference),
    row.savingShare === null ? "-" : percent(row.savingShare),
  ]);
  return table(["", "difference", "saving"], rows, ["left", "right", "right"]);
}
