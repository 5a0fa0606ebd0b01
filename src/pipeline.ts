/**
 * The whole product on one page. Each stage reads what the one before wrote into the workspace and writes its own
 * artifact, so that any of them can be run again alone:
 *
 *   discover -> profile -> plan -> run -> report
 *
 * What a stage computes lives in its room (`src/<stage>/`), its types in that room's `contract.ts`. The files in
 * `pipeline/` only open what a stage needs, call it, and save what it returns.
 */
import { type DemoOptions, type DemoResult, prepareDemo } from "./pipeline/demo.js";
import { discover } from "./pipeline/discover.js";
import { plan } from "./pipeline/plan.js";
import { profile } from "./pipeline/profile.js";
import { report } from "./pipeline/report.js";
import { type RunOptions, run } from "./pipeline/run.js";
import type { Context } from "./shared/context.js";

export { calculateTemplateRoi, type RoiOptions, type RoiResult } from "./pipeline/calculate-roi.js";
export { type CollectorInfo, configFileSchema, listCollectors } from "./pipeline/collectors.js";
export type { DemoOptions, DemoResult } from "./pipeline/demo.js";
export { type DiffOptions, type DiffResult, diff } from "./pipeline/diff.js";
export { type DiscoverOptions, discover, explainDiscover, validate } from "./pipeline/discover.js";
export { type DoctorOptions, type DoctorResult, doctor } from "./pipeline/doctor.js";
export { explainProfile } from "./pipeline/engine-source.js";
export { type ExplainPlanOptions, explainPlan } from "./pipeline/explain-plan.js";
export { init } from "./pipeline/init.js";
export { type LearnRoutingOptions, learnRouting } from "./pipeline/learn-routing.js";
export { type PlanOptions, plan } from "./pipeline/plan.js";
export { type ProfileOptions, profile } from "./pipeline/profile.js";
export { type ReceiveCounts, type ReceiveOptions, receiveOtel } from "./pipeline/receive-otel.js";
export { planWithEvidence, type ReplanOutcome } from "./pipeline/replan.js";
export { type ReportOptions, renderAgain, report } from "./pipeline/report.js";
export { type RunOptions, type RunOutcome, run } from "./pipeline/run.js";
export {
  type CatalogueOptions,
  findTemplate,
  type LintResult,
  type ListTemplatesOptions,
  lintTemplates,
  listTemplates,
} from "./pipeline/templates.js";
export {
  comparisonJson,
  diffComment,
  diffMarkdown,
  gateFigure,
  nameOf,
  verdictOf,
} from "./report/diff/index.js";
export { type GraderInfo, listGraders } from "./run/index.js";
export type { CatalogueEntry } from "./templates/index.js";

/** All five stages, offline, on a simulated month of calls: what a newcomer sees first, and the story in order. */
export async function demo({ dir, seed }: DemoOptions, context: Context): Promise<DemoResult> {
  const workspace = await prepareDemo(dir, seed);
  const inputs = [`${workspace.dir}/input`];
  await discover({ dir, inputs, eventsFormat: "parquet", maxRejected: 0.01 }, context);
  await profile({ dir, clusterMethod: "auto", sampleSize: DEMO_SAMPLES, seed }, context);
  await plan({ dir, seed }, context);
  await run({ ...DEMO_RUN, dir, seed }, context);
  const {
    report: result,
    htmlPath,
    patches,
  } = await report({ dir, formats: ["html", "csv", "md", "json"] }, context);
  const { verdict } = result;
  return {
    workspace: workspace.dir,
    report: htmlPath,
    patches,
    headline: verdict.headline,
    detail: verdict.detail,
    saving: {
      plannedUsdMonth: verdict.plannedSaving.value ?? 0,
      plannedShare: verdict.plannedShare.value ?? 0,
      certifiedUsdMonth: verdict.certifiedSaving.value ?? 0,
      certifiedShare: verdict.certifiedShare.value ?? 0,
      basis: "simulated workload, simulated models, simulated prices",
    },
  };
}

/** All simulated prompts: enough to certify one change, and to show what too few look like on another. */
const DEMO_SAMPLES = 1750;

const DEMO_RUN: Omit<RunOptions, "dir" | "seed"> = {
  mode: "simulate",
  scope: "fleet",
  population: "traffic",
  concurrency: 4,
};
