import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExactReuse, SIDE_TABLES, type Workload, type WorkloadCell } from "./contract.js";
import { splitTenants, type TenantPart } from "./split-tenants.js";

function cell(cluster: string, requests: number): WorkloadCell {
  return {
    ...{ cluster, provider: "acme", model: "large", endpoint: null, region: null, status: "ok" },
    ...{ batch: false, serviceTier: null, contextClass: 0, requests },
    ...{ inputTokens: requests * 10, cachedInputTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0 },
    ...{ outputTokens: requests, reasoningTokens: 0 },
  };
}

function reuse(hits: number, hitInputTokens: number, hitCachedInputTokens: number): ExactReuse {
  return {
    ...{ cluster: "chat", provider: "acme", model: "large", contextClass: 0, batch: false, ttlSeconds: 3600 },
    ...{ hits, hitInputTokens, hitCachedInputTokens, hitCacheWriteTokens: 0, hitCacheWrite1hTokens: 0 },
    ...{ hitOutputTokens: 0, hitReasoningTokens: 0 },
  };
}

/** A cluster of `rest` requests and of tenants, as its cells come from the cube: split already. */
function workload(rest: number, tenants: Readonly<Record<string, number>>, row: ExactReuse) {
  const named = Object.entries(tenants);
  const requests = named.reduce((sum, [, count]) => sum + count, rest);
  const given: Workload = {
    cells: [cell("chat", rest), ...named.map(([tenant, count]) => cell(`chat@${tenant}`, count))],
    clusters: [
      {
        ...{ id: "chat", name: "chat", method: "intent", requests, requestShare: 0.5 },
        ...{ costPicoUsd: BigInt(requests) * 4n, samples: 80 },
      },
    ],
    exactReuse: [row],
    prefixReuse: [],
    semanticReuse: [],
    retries: [],
    conversations: [],
    outputTails: [],
    sharedPrefixes: [],
    fleets: [],
    arrivals: [
      {
        cluster: "chat",
        provider: "acme",
        model: "large",
        requests: [7, 0, 5],
        peakMinuteRequests: [2, 0, 1],
      },
    ],
    promptHashCoverage: 1,
    prefixHashCoverage: 1,
    hours: 3,
    pricedAt: new Date("2026-10-01T00:00:00Z"),
    reconciliation: [],
  };
  const parts = named.map(
    ([tenant, count]): TenantPart => ({
      cluster: "chat",
      tenant,
      requests: count,
      costPicoUsd: BigInt(count) * 4n,
    }),
  );
  return { given, parts };
}

describe("tenants planned apart", () => {
  it.each(SIDE_TABLES)("take their part of %s along", (table) => {
    const { given, parts } = workload(30, { vip: 10 }, reuse(20, 200, 0));
    const rows = splitTenants({ ...given, [table]: given.exactReuse }, parts)[table];

    expect(rows).toMatchObject([
      { cluster: "chat", hits: 15, hitInputTokens: 150 },
      { cluster: "chat@vip", hits: 5, hitInputTokens: 50 },
    ]);
  });

  it("have clusters of their own that name the cluster whose samples speak for them", () => {
    const { given, parts } = workload(60, { blue: 40 }, reuse(10, 100, 30));

    const { clusters } = splitTenants(given, parts);

    expect(clusters).toMatchObject([
      { id: "chat", requests: 60, requestShare: 0.3, costPicoUsd: 240n, samples: 80 },
      {
        ...{ id: "chat@blue", tenant: "blue", baseCluster: "chat", requests: 40, requestShare: 0.2 },
        ...{ costPicoUsd: 160n, samples: 80 },
      },
    ]);
  });

  it("get their part of what side tables know of the whole cluster, by requests", () => {
    const { given, parts } = workload(60, { blue: 40 }, reuse(10, 100, 30));

    const { exactReuse, arrivals } = splitTenants(given, parts);

    expect(
      exactReuse.map(({ cluster, ttlSeconds, hits, hitInputTokens }) => [
        cluster,
        ttlSeconds,
        hits,
        hitInputTokens,
      ]),
    ).toEqual([
      ["chat", 3600, 6, 60],
      ["chat@blue", 3600, 4, 40],
    ]);
    expect(arrivals.map(({ cluster, requests }) => [cluster, requests])).toEqual([
      ["chat", [5, 0, 3]],
      ["chat@blue", [2, 0, 2]],
    ]);
  });

  it("neither lose nor invent a count, and keep subsets within their totals", () => {
    const count = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(count, count, count, count, count, (rest, blue, green, total, subset) => {
        fc.pre(rest + blue + green > 0 && subset <= total);
        const { given, parts } = workload(rest, { blue, green }, reuse(total, total, subset));

        const rows = splitTenants(given, parts).exactReuse;

        expect(rows.reduce((sum, row) => sum + row.hitInputTokens, 0)).toBe(total);
        expect(rows.reduce((sum, row) => sum + row.hitCachedInputTokens, 0)).toBe(subset);
        for (const row of rows) expect(row.hitCachedInputTokens).toBeLessThanOrEqual(row.hitInputTokens);
      }),
    );
  });

  it("leave the workload as it is where nobody is named", () => {
    const { given } = workload(60, {}, reuse(10, 100, 30));

    expect(splitTenants(given, [])).toBe(given);
  });
});
