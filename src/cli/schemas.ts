import { z } from "zod";
import { collectOtelOutput, collectorsOutput, doctorOutput } from "../collect/contract.js";
import { discoveredSchema, discoverOutput, eventSchema, validateOutput } from "../events/contract.js";
import { configFileSchema } from "../pipeline.js";
import { explainOutput, planOutput, planSchema, policySchema, replanOutput } from "../plan/contract.js";
import { profileOutput, profileSchema, promptSchema, sampleSchema } from "../profile/contract.js";
import { diffOutput, reportSchema } from "../report/contract.js";
import {
  evaluationSchema,
  labelSchema,
  recordingSchema,
  resultSchema,
  routingOutput,
  routingSchema,
  runOutput,
  simulatedModelsSchema,
} from "../run/contract.js";
import { fleetFileSchema, hardwareSchema } from "../serving/contract.js";
import {
  roiOutput,
  templateInfoOutput,
  templateSchema,
  templatesLintOutput,
  templatesOutput,
} from "../templates/contract.js";

/** stdout of `tokenop demo --json`. */
export const demoOutput = z.strictObject({
  workspace: z.string(),
  report: z.string(),
  patches: z.array(z.string()),
  saving: z.strictObject({
    planned_usd_month: z.number(),
    planned_share: z.number(),
    certified_usd_month: z.number(),
    certified_share: z.number(),
    basis: z.string(),
  }),
  seconds: z.number(),
});

/** stdout of `tokenop report --json`. */
export const reportOutput = z.strictObject({
  report: z.string(),
  files: z.array(z.string()),
  patches: z.array(z.string()),
  saving: z.strictObject({
    planned_usd_month: z.number().nullable(),
    certified_usd_month: z.number().nullable(),
  }),
});

export interface PublishedSchema {
  readonly name: string;
  readonly describes: string;
  readonly schema: z.ZodType;
}

/** Commands print what the first group describes; the second group are the files of a workspace. */
export const publishedSchemas: readonly PublishedSchema[] = [
  { name: "discover", describes: "stdout of tokenop discover --json", schema: discoverOutput },
  { name: "validate", describes: "stdout of tokenop validate --json", schema: validateOutput },
  { name: "profile", describes: "stdout of tokenop profile --json", schema: profileOutput },
  { name: "plan", describes: "stdout of tokenop plan --json", schema: planOutput },
  {
    name: "plan-evidence",
    describes: "stdout of tokenop plan --evidence FILE --json",
    schema: replanOutput,
  },
  {
    name: "plan-explain",
    describes: "stdout of tokenop plan --explain ACTION --json",
    schema: explainOutput,
  },
  { name: "run", describes: "stdout of tokenop run --json", schema: runOutput },
  {
    name: "learn-routing",
    describes: "stdout of tokenop learn-routing --json",
    schema: routingOutput,
  },
  { name: "report", describes: "stdout of tokenop report --json", schema: reportOutput },
  { name: "diff", describes: "stdout of tokenop diff --json", schema: diffOutput },
  {
    name: "templates",
    describes: "stdout of tokenop templates list or search --json",
    schema: templatesOutput,
  },
  {
    name: "templates-info",
    describes: "stdout of tokenop templates info --json",
    schema: templateInfoOutput,
  },
  {
    name: "templates-lint",
    describes: "stdout of tokenop templates lint --json",
    schema: templatesLintOutput,
  },
  { name: "calculate-roi", describes: "stdout of tokenop calculate-roi --json", schema: roiOutput },
  {
    name: "collect-otel",
    describes: "stdout of tokenop collect otel --json",
    schema: collectOtelOutput,
  },
  { name: "collectors", describes: "stdout of tokenop collectors --json", schema: collectorsOutput },
  { name: "doctor", describes: "stdout of tokenop doctor --json", schema: doctorOutput },
  { name: "demo", describes: "stdout of tokenop demo --json", schema: demoOutput },
  { name: "event", describes: "one line of events.jsonl", schema: eventSchema },
  { name: "prompt", describes: "one line of prompts.jsonl", schema: promptSchema },
  { name: "sample", describes: "one line of samples.jsonl", schema: sampleSchema },
  { name: "label", describes: "one line of a --labels-file", schema: labelSchema },
  { name: "recording", describes: "one line of a --recordings file", schema: recordingSchema },
  { name: "result", describes: "one line of results.jsonl", schema: resultSchema },
  { name: "tokenop.yaml", describes: "sources and defaults for flags", schema: configFileSchema },
  { name: "discovered.yaml", describes: "what discover found", schema: discoveredSchema },
  { name: "profile.yaml", describes: "the workload profile", schema: profileSchema },
  { name: "fleet.yaml", describes: "GPU fleets in place", schema: fleetFileSchema },
  { name: "hardware.yaml", describes: "GPUs, models and GPU prices of your own", schema: hardwareSchema },
  { name: "policy.yaml", describes: "what a plan may do and must keep", schema: policySchema },
  { name: "plan.yaml", describes: "the chosen actions and what run must prove", schema: planSchema },
  { name: "evaluation.yaml", describes: "decisions and certificates", schema: evaluationSchema },
  { name: "routing.yaml", describes: "a learned routing and its certificate", schema: routingSchema },
  { name: "report.json", describes: "every number of the report", schema: reportSchema },
  { name: "template", describes: "the frontmatter of a template", schema: templateSchema },
  { name: "simulated-models.yaml", describes: "models of --mode simulate", schema: simulatedModelsSchema },
];

/** JSON Schema (2020-12) of what stands in a file or on stdout. */
export function jsonSchemaOf({ name, describes, schema }: PublishedSchema): Record<string, unknown> {
  // "input": the shape that is written down; transforms and defaults apply on reading.
  const body = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-2020-12",
    // Zod's own name for a pattern that stands beside it; strict validators refuse formats they do not know.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === "starts_with") delete jsonSchema.format;
    },
  }) as Record<string, unknown>;
  const { $schema, ...rest } = body;
  return { $schema, title: name, description: describes, ...rest };
}
