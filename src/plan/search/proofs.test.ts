import { beforeAll, describe, expect, it } from "vitest";
import { cell, workload } from "../../levers/fixtures/workloads.js";
import { type Lever, route } from "../../levers/index.js";
import type { ArrivalCurve } from "../../serving/contract.js";
import { parseUsd } from "../../shared/money.js";
import { buildPlan } from "../build-plan.js";
import { policyWith, SMALL } from "../fixtures/policies.js";
import { fleetBooks, fleetLevers, ownFleet } from "../fixtures/random-fleets.js";
import type { Policy } from "../policy/load-policy.js";
import { type Milp, openHighs } from "./milp.js";

let policy: Policy;
let milp: Milp;

beforeAll(async () => {
  milp = await openHighs();
  policy = await policyWith({ quality: { budget: 0.1 }, candidates: [SMALL] });
});

/** A replica takes 42 seconds of work a minute, and a request of ten tokens in and one out takes two milliseconds. */
function onFleet(perMinute: Readonly<Record<string, number>>) {
  const own = { provider: "self-hosted", model: "open" };
  const fleet = ownFleet({ scaling: { kind: "peak" } });
  const clusters = Object.entries(perMinute);
  return workload(
    clusters.map(([cluster, requests]) =>
      cell({
        ...{ ...own, cluster, fleet: "own", requests },
        ...{ inputTokens: requests * 10, outputTokens: requests },
      }),
    ),
    {
      hours: 1,
      fleets: [{ ...fleet, rates: { ...fleet.rates, onDemand: parseUsd("100") } }],
      samples: Object.fromEntries(clusters.map(([cluster]) => [cluster, 500])),
      arrivals: clusters.map(
        ([cluster, requests]): ArrivalCurve => ({
          ...{ ...own, cluster, requests: [requests], peakMinuteRequests: [requests] },
        }),
      ),
    },
  );
}

const routeChat: Lever = {
  ...route,
  propose: (...given) => route.propose(...given).filter(({ cluster }) => cluster === "chat"),
};
const int4 = fleetLevers.find(({ id }) => id === "int4")!;

/** A cluster-wide change of the answers: half of the requests are no longer made. */
const askLess: Lever = {
  id: "ask-less",
  name: "Ask less",
  layer: "application",
  stage: "demand",
  risk: "low",
  effort: { setupHours: 1, hoursPerScope: 1 },
  description: "Test lever.",
  propose: () => [{ cluster: "chat", model: null, parameters: {} }],
  apply: (given) => ({
    workload: {
      ...given,
      cells: given.cells.map((own) => ({
        ...own,
        requests: own.requests / 2,
        inputTokens: own.inputTokens / 2,
        outputTokens: own.outputTokens / 2,
      })),
    },
    touchedRequests: given.cells.reduce((sum, own) => sum + own.requests, 0),
    oneOff: 0n,
    assumptions: [],
    evidence: {
      kind: "quality",
      cluster: "chat",
      baseline: { provider: "self-hosted", model: "open" },
      candidate: { provider: "self-hosted", model: "open" },
      variant: "ask-less",
    },
  }),
};

const ids = (workload: ReturnType<typeof onFleet>, levers: readonly Lever[]) =>
  buildPlan({ workload, policy, prices: fleetBooks, milp, seed: 1, levers })
    .actions.map(({ id }) => id)
    .sort();

describe("proof of a fleet's answers", () => {
  it("stands beside the proof of a change that takes other requests off the fleet", () => {
    const given = onFleet({ chat: 20_000, search: 65_000 });

    expect(ids(given, [routeChat])).toEqual(["route/chat"]);
    expect(ids(given, [int4])).toEqual(["int4/own"]);
    expect(ids(given, [routeChat, int4])).toEqual(["int4/own", "route/chat"]);
  });

  it("does not stand beside the proof of a cluster-wide change of the same answers", () => {
    const given = onFleet({ chat: 80_000 });

    expect(ids(given, [askLess])).toEqual(["ask-less/chat"]);
    expect(ids(given, [int4])).toEqual(["int4/own"]);
    expect(ids(given, [askLess, int4])).toHaveLength(1);
  });
});
