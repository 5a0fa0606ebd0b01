import { z } from "zod";
import type { planSchema } from "../plan/contract.js";
import type { evaluationSchema, routingSchema } from "../run/contract.js";
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
  /** True when any model, price or workload is simulated; every file then says that it is not for production. */
  readonly simulated: boolean;
}

/** Writes patches for one target. A new target is one file and one line in the registry. */
export interface PatchWriter {
  readonly id: string;
  readonly summary: string;
  write(input: PatchInput): readonly Patch[];
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
