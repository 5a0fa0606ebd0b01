import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writePatches } from "../patches/index.js";
import { planSchema } from "../plan/contract.js";
import { applySubset } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import type { CostRows, Report, ReportInput } from "../report/contract.js";
import { buildReport, renderReports } from "../report/index.js";
import { evaluationSchema } from "../run/contract.js";
import { readArtifact, writeAtomically } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { openWorkspace, type Workspace, workspaceAt } from "../shared/workspace.js";
import { costRows } from "./cost-rows.js";
import {
  envelopeOf,
  loadOptional,
  openPlanning,
  openPrices,
  policyPathOf,
  type StageOptions,
} from "./open.js";
import { PROFILE_FIRST } from "./plan.js";

export interface ReportOptions extends StageOptions {
  readonly outputDir?: string;
  readonly formats: readonly string[];
}

export interface ReportResult {
  readonly report: Report;
  readonly htmlPath: string;
  readonly files: readonly string[];
  readonly patches: readonly string[];
}

/** Whatever the other stages wrote, as reports for people and patches to merge. */
export async function report(options: ReportOptions, context: Context): Promise<ReportResult> {
  const profile = await readArtifact(workspaceAt(options.dir).profile, profileSchema, PROFILE_FIRST);
  const workspace = await openWorkspace(options.dir);
  const plan = await loadOptional(workspace.plan, planSchema);
  const evaluation = await loadOptional(workspace.evaluation, evaluationSchema);
  // An evaluation of named models speaks of no plan action, so it certifies none.
  const certified = new Set(evaluation?.certified?.actions ?? []);
  const simulated = isSimulated(profile, evaluation);
  const patches = plan === null ? [] : writePatches({ plan, evaluation, certified, simulated });
  const input: ReportInput = { profile, plan, evaluation, patches, simulated };
  const body = buildReport(input);
  const inputs = [workspace.profile, workspace.plan, workspace.evaluation];
  const { run, ...head } = await envelopeOf("Report", inputs, workspace, context);
  const full: Report = { ...head, ...body, run };
  const rows = await costRowsOf(options, workspace, context, input, certified);
  const rendered = await renderReports(full, rows, options.formats);
  const reports = resolve(options.outputDir ?? workspace.reports);
  return {
    report: full,
    htmlPath: join(reports, "report.html"),
    files: await writeAll(reports, rendered),
    patches: await replaceAll(workspace.patches, patches),
  };
}

/** Simulated things carry it in their names; one of them is enough to mark the whole report. */
function isSimulated(profile: ReportInput["profile"], evaluation: ReportInput["evaluation"]): boolean {
  const models = profile.drivers.model.map(({ key }) => key);
  return evaluation?.mode === "simulate" || models.some((key) => /(^|\/)sim-/.test(key));
}

async function costRowsOf(
  options: ReportOptions,
  workspace: Workspace,
  context: Context,
  { profile, plan }: ReportInput,
  certified: ReadonlySet<string>,
): Promise<CostRows> {
  const { workload, books } = await openPlanning(
    workspace,
    context,
    profile,
    await openPrices(options, workspace),
    await policyPathOf({}, workspace),
  );
  const baseline = costRows(workload, books);
  if (plan === null) return { baseline, optimized: baseline };
  return { baseline, optimized: costRows(applySubset(plan, [...certified], workload, books), books) };
}

async function writeAll(
  folder: string,
  files: readonly { readonly file: string; readonly text: string }[],
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = files.map(({ file }) => join(folder, file));
  for (const [index, path] of paths.entries()) await writeAtomically(path, files[index]!.text);
  return paths;
}

/** A patch of an earlier report must not outlive its certificate. */
async function replaceAll(
  folder: string,
  files: readonly { readonly file: string; readonly text: string }[],
): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  return files.length === 0 ? [] : writeAll(folder, files);
}
