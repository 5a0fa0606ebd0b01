import { z } from "zod";
import type { Collector } from "../collect/contract.js";
import { collectors } from "../collect/registry.js";
import { sourcesSchema } from "../collect/sources.js";

/** What a collector is, as people and reviewers read it. */
export type CollectorInfo = Pick<
  Collector,
  "id" | "summary" | "yields" | "environment" | "grants" | "cannotFill" | "latenessHours"
> & {
  /** Whether it is a platform that stands under `sources:` of tokenop.yaml. */
  readonly isConfigured: boolean;
};

export function listCollectors(): CollectorInfo[] {
  return collectors.map(
    ({ id, summary, yields, environment, grants, cannotFill, latenessHours, settings }) => ({
      id,
      summary,
      yields,
      environment,
      grants,
      cannotFill,
      latenessHours,
      isConfigured: settings !== null,
    }),
  );
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** tokenop.yaml, with the settings of every collector. */
export const configFileSchema = z
  .strictObject({
    apiVersion: z.literal("tokenop/v1").optional(),
    kind: z.literal("Config").optional(),
    defaults: z
      .record(z.string(), z.record(z.string(), scalar))
      .default({})
      .describe("Defaults for flags: by command, then by flag without its dashes."),
    sources: sourcesSchema(collectors).default([]).describe("Platforms that discover asks. Secrets never."),
  })
  .describe("Settings of a workspace (tokenop.yaml).");
