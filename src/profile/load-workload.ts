import { readFile } from "node:fs/promises";
import type { Engine } from "../engine/contract.js";
import type { PriceBook } from "../pricing/index.js";
import type { Artifact } from "../shared/artifact.js";
import type { Camel } from "../shared/case.js";
import { UsageError } from "../shared/errors.js";
import { parseUsd } from "../shared/money.js";
import type { Workspace } from "../shared/workspace.js";
import type { ClusterInfo, profileSchema, Reconciliation, Workload, WorkloadCell } from "./contract.js";
import { readLatencies } from "./measure/latencies.js";
import type { KeyColumns, TokenColumns } from "./queries/columns.js";
import { queryRows, runQuery } from "./queries/load-query.js";
import { hashTenant } from "./remote/hash-tenant.js";
import { readExactReuse, readPrefixReuse, readSharedPrefixes } from "./reuse/read-reuse.js";
import { readArrivals } from "./side-tables/read-arrivals.js";
import {
  readConversations,
  readOutputTails,
  readRetries,
  readSemanticReuse,
} from "./side-tables/read-side-tables.js";
import { splitTenants } from "./split-tenants.js";
import { planTenants, readTenantParts } from "./tenants.js";

export type ProfileArtifact = Artifact<typeof profileSchema>;

type CellRow = KeyColumns &
  TokenColumns & {
    readonly endpoint: string | null;
    readonly region: string | null;
    readonly status: string;
    readonly service_tier: string | null;
    readonly grain: "bucket" | "uncounted" | null;
    readonly requests: number;
  };

/**
 * What levers and the planner compute on, from the cube and the reuse side table of the last `profile`.
 *
 * Errors: TOP-PROFILE-STALE when the cube is not the profile's, TOP-PROFILE-PRICES when prices changed since: the
 * cube's context classes and the profile's figures belong to one price book.
 *
 * @param tenants whose requests get clusters of their own, because the policy has rules for them.
 */
export async function loadWorkload(
  engine: Engine,
  workspace: Workspace,
  profile: ProfileArtifact,
  prices: PriceBook,
  tenants: readonly string[] = [],
): Promise<Workload> {
  if (prices.id !== profile.priceBook.id) throw otherPrices(profile.priceBook.id, prices.id);
  await planTenants(engine, tenants, await tenantKeyOf(workspace, profile));
  const cells = await readCells(engine, workspace);
  const requests = cells.reduce((sum, cell) => sum + cell.requests, 0);
  if (requests !== profile.totals.events) {
    throw stale(`The profile counts ${profile.totals.events} events, the cube ${requests}.`);
  }
  const prefix = await readPrefixReuse(engine, workspace);
  const workload: Workload = {
    cells,
    clusters: profile.clusters.map(clusterInfo),
    exactReuse: await readExactReuse(engine, workspace),
    prefixReuse: prefix
      .filter(({ minimumTokens }) => minimumTokens > 0)
      .map(({ promptTokens: _, ...row }) => row),
    semanticReuse: await readSideTable(readSemanticReuse(engine, workspace)),
    retries: await readSideTable(readRetries(engine, workspace)),
    conversations: await readSideTable(readConversations(engine, workspace)),
    outputTails: await readSideTable(readOutputTails(engine, workspace)),
    sharedPrefixes: await readSharedPrefixes(engine, workspace),
    fleets: [],
    latencies: await readSideTable(readLatencies(engine, workspace)),
    arrivals: await readSideTable(readArrivals(engine, workspace)),
    promptHashCoverage: profile.reuse.promptHashCoverage,
    prefixHashCoverage: profile.reuse.prefixHashCoverage,
    hours: profile.span.hours,
    pricedAt: new Date(profile.span.last),
    reconciliation: profile.reconciliation.map(reconciliationOf),
  };
  return splitTenants(workload, await readTenantParts(engine));
}

/** How the cube spells a tenant. */
async function tenantKeyOf(
  workspace: Workspace,
  profile: ProfileArtifact,
): Promise<(tenant: string) => string> {
  if (profile.engine === undefined) return (tenant) => tenant;
  try {
    const key = (await readFile(workspace.tenantKey, "utf8")).trim();
    return (tenant) => hashTenant(key, tenant);
  } catch (cause) {
    throw stale("The key of its tenants is missing.", cause);
  }
}

async function readCells(engine: Engine, workspace: Workspace): Promise<WorkloadCell[]> {
  const rows = await readCellRows(engine, workspace);
  return rows.map(({ grain, ...cell }) => (grain === null ? cell : { ...cell, grain }));
}

/** A cube that an earlier version wrote may lack a column. */
async function readCellRows(engine: Engine, workspace: Workspace): Promise<Camel<CellRow>[]> {
  try {
    await runQuery(engine, "cube-view", { fragments: { cube: { path: workspace.cube } } });
    return await queryRows<CellRow>(engine, "workload-cells");
  } catch (cause) {
    throw stale("The workload cube is missing, or of an earlier version.", cause);
  }
}

/** A workspace that an earlier version profiled has no such table. */
async function readSideTable<T>(table: Promise<T>): Promise<T> {
  try {
    return await table;
  } catch (cause) {
    throw stale("A table of the profile is missing.", cause);
  }
}

function clusterInfo(cluster: ProfileArtifact["clusters"][number]): ClusterInfo {
  const { id, name, method, requests, requestShare, costUsd, samples } = cluster;
  return { id, name, method, requests, requestShare, costPicoUsd: parseUsd(costUsd), samples };
}

function reconciliationOf(row: ProfileArtifact["reconciliation"][number]): Reconciliation {
  const { provider, model, month, billedUsd, listUsd, factor } = row;
  return {
    provider,
    model,
    month,
    billedPicoUsd: parseUsd(billedUsd),
    listPicoUsd: parseUsd(listUsd),
    factor,
  };
}

const PROFILE_AGAIN = "Profile again: tokenop profile";

function stale(found: string, cause?: unknown): UsageError {
  return new UsageError({
    code: "TOP-PROFILE-STALE",
    message: "The profile and its workload cube do not belong together.",
    found,
    fix: PROFILE_AGAIN,
    cause,
  });
}

function otherPrices(then: string, now: string): UsageError {
  return new UsageError({
    code: "TOP-PROFILE-PRICES",
    message: "Prices have changed since the profile was made.",
    found: `Profiled with ${then}, now ${now}.`,
    fix: PROFILE_AGAIN,
  });
}
