import { z } from "zod";
import { readArtifact } from "../../shared/artifact.js";
import { type Camel, fromFileShape } from "../../shared/case.js";
import { type PolicyFile, policySchema } from "../contract.js";

/** A policy in memory, every default filled in. */
export type Policy = Camel<PolicyFile>;

const FIX = "Fields and defaults: tokenop schema policy. Start from a fresh one: tokenop init.";

/**
 * Reads policy.yaml; null gives the defaults, and so does a file with nothing but comments.
 *
 * @throws UsageError naming file, line and field where the file does not fit.
 */
export async function loadPolicy(path: string | null): Promise<Policy> {
  if (path === null) return fromFileShape(policySchema.parse({}));
  return readArtifact(
    path,
    z.preprocess((value) => value ?? {}, policySchema),
    FIX,
  );
}

/** Tenants that the policy has rules for: their requests are planned apart. */
export function tenantsOf({ tenants }: Pick<Policy, "tenants">): readonly string[] {
  return tenants.map(({ tenant }) => tenant);
}
