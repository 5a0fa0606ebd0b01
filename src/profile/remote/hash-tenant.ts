import { createHash } from "node:crypto";
import { TENANT_CHARACTERS, TENANT_PREFIX } from "./source-columns.js";

/** The key under which a tenant leaves another engine: as `sourceColumns` computes it there. */
export function hashTenant(tenantKey: string, tenant: string): string {
  const hash = createHash("sha256").update(`${tenantKey}${tenant}`).digest("hex");
  return `${TENANT_PREFIX}${hash.slice(0, TENANT_CHARACTERS)}`;
}
