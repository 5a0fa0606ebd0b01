import { z } from "zod";
import type { planSchema } from "../plan/contract.js";
import type { evaluationSchema, routingSchema } from "../run/contract.js";
import type { Fleet } from "../serving/contract.js";
import { API_VERSION, type Artifact } from "../shared/artifact.js";

/** A file that someone may merge, with how to apply and undo it in its own comments. */
export interface Patch {
  /** File name inside `patches/`. */
  readonly file: string;
  readonly text: string;
  readonly summary: string;
  /** Plan action ids that it puts in place. */
  readonly actions: readonly string[];
}

/** How a fleet stands at one moment. */
export interface FleetState {
  readonly fleet: Fleet;
  /** Replicas that are paid at least and at most at once; equal where they do not follow the load. */
  readonly replicas: { readonly least: number; readonly most: number };
  /** Replicas for each hour of the day (UTC), the most of all observed days; null where they do not follow the load. */
  readonly byHour: readonly number[] | null;
  /** GPUs of one machine; null: the tables do not know it, then a replica is taken to fill a machine. */
  readonly gpusPerInstance: number | null;
  /** Longest request that the model takes, tokens; null: not known. */
  readonly maximumContext: number | null;
}

/** A fleet before and after the changes that the input lets writers put in place. */
export interface PlannedFleet {
  readonly id: string;
  /** null: not in place. */
  readonly before: FleetState | null;
  /** null: nothing is left to serve. */
  readonly after: FleetState | null;
}

/** A root module of Terraform as its folder holds it. */
export interface TerraformFolder {
  /** As fleet.yaml names it. */
  readonly dir: string;
  /** `.tf` and `.tfvars` files below it, with their paths from it, `/` between folders. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface PatchInput {
  readonly plan: Artifact<typeof planSchema>;
  readonly evaluation: Artifact<typeof evaluationSchema> | null;
  /** A routing learned on the results at hand; it stands on its own certificate, not on the plan's. */
  readonly routing?: Artifact<typeof routingSchema> | null;
  /** Action ids whose evidence holds; a writer emits these only, unless `uncertified` names others. */
  readonly certified: ReadonlySet<string>;
  /**
   * Actions to write although nothing certifies them, with why not, in place of the certified ones; their files say so.
   * Only where someone asked for them.
   */
  readonly uncertified?: ReadonlyMap<string, string>;
  /** Fleets as the written actions leave them; writers for fleets write nothing without. */
  readonly fleets?: readonly PlannedFleet[];
  /** Terraform that declares fleets; without it no diff is written. */
  readonly terraform?: readonly TerraformFolder[];
  /** True when any model, price or workload is simulated; every file then says that it is not for production. */
  readonly simulated: boolean;
}

/** Writes patches for one target. A new target is one file and one line in the registry. */
export interface PatchWriter {
  readonly id: string;
  readonly summary: string;
  write(input: PatchInput): readonly Patch[] | Promise<readonly Patch[]>;
}

const modelRef = z.strictObject({ provider: z.string(), model: z.string() });

/** router.json: the certified routes for a router of one's own. */
export const routerSchema = z.strictObject({
  uncertified: z
    .array(z.string())
    .optional()
    .describe("Routes that nothing certifies, each with why not; absent where all are certified."),
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Router"),
  simulated: z.boolean(),
  routes: z.array(
    z.strictObject({
      action: z.string().describe("Plan action id."),
      cluster: z.string().describe("Requests of this cluster take the route; all others keep their model."),
      alias: z.string().describe("Model name that callers send; letters, digits, dot, dash, underscore."),
      to: modelRef,
      fallback: modelRef.describe("The baseline: on errors, and for the rest of the canary."),
      approvals: z
        .array(z.string())
        .describe("Who must approve the route before it goes live, by the policy."),
      guard: z.strictObject({
        canary_share: z.number().describe("Share of the cluster's requests to move first."),
        margin: z.number().describe("Certified loss tolerance on this cluster, 0.01 = 1 point."),
        roll_back_when: z.array(z.string()),
      }),
      certificate: z
        .strictObject({
          verdict: z.string(),
          population: z.string(),
          pairs: z.int(),
          lower: z.number(),
          alpha: z.number(),
        })
        .nullable(),
    }),
  ),
});

export type Router = z.infer<typeof routerSchema>;
