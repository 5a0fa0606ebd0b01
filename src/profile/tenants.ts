import type { Engine } from "../engine/contract.js";
import { parseUsd } from "../shared/money.js";
import { queryRows, runQuery } from "./queries/load-query.js";
import type { TenantPart } from "./split-tenants.js";

type PartRow = {
  readonly cluster: string;
  readonly tenant: string;
  readonly requests: number;
  readonly cost_usd: string;
};

/**
 * Leaves the table `planned_tenants`, which the query of the workload's cells reads. `keyOf` gives the key under which
 * the cube knows a tenant; a cube of another engine knows hashes only.
 */
export async function planTenants(
  engine: Engine,
  tenants: readonly string[],
  keyOf: (tenant: string) => string,
): Promise<void> {
  await runQuery(engine, "planned-tenants");
  await engine.append(
    "planned_tenants",
    ["tenant", "name"],
    [...new Set(tenants)].map((tenant) => [keyOf(tenant), tenant]),
  );
}

/** Needs `planned_tenants` and the view `workload_cube`. */
export async function readTenantParts(engine: Engine): Promise<TenantPart[]> {
  const rows = await queryRows<PartRow>(engine, "tenant-clusters");
  return rows.map(({ costUsd, ...row }) => ({ ...row, costPicoUsd: parseUsd(costUsd) }));
}
