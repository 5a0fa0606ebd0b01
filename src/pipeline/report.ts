import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PatchInput } from "../patches/contract.js";
import { learnedRouterPatches, type Patch, writePatches, writeUncertified } from "../patches/index.js";
import { planSchema } from "../plan/contract.js";
import { applySubset } from "../plan/index.js";
import { profileSchema } from "../profile/contract.js";
import { loadChargeDays } from "../profile/index.js";
import { type CostRows, type Report, type ReportInput, reportSchema } from "../report/contract.js";
import { buildReport, FOCUS, FOCUS_FILE, focusCsv, renderReports } from "../report/index.js";
import { evaluationSchema } from "../run/contract.js";
import { hashFile, readArtifact, writeAtomically } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import { openWorkspace, type Workspace, workspaceAt } from "../shared/workspace.js";
import { costRows } from "./cost-rows.js";
import { currentRouting } from "./learn-routing.js";
import {
  envelopeOf,
  exists,
  loadOptional,
  openPlanning,
  openPrices,
  type Planning,
  policyPathOf,
  type StageOptions,
  withEngine,
} from "./open.js";
import { PROFILE_FIRST } from "./plan.js";
import { plannedFleets } from "./planned-fleets.js";
import { identityOf, readReplanned } from "./replan.js";
import { terraformFolders } from "./terraform-folders.js";

export interface ReportOptions extends StageOptions {
  readonly outputDir?: string;
  readonly formats: readonly string[];
  /** Patches of what nothing certifies too, each marked so. */
  readonly includeUncertified?: boolean;
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
  const shown = await readShown(workspace);
  const { plan, evaluation } = shown;
  const simulated = isSimulated(profile, evaluation);
  const routing = await currentRouting(workspace);
  const planning = await openPlanning(
    workspace,
    context,
    profile,
    await openPrices(options, workspace),
    await policyPathOf({}, workspace),
  );
  const fleets = { ...planning, workspace, firstHour: new Date(profile.span.first).getUTCHours() };
  const patches = await patchesOf(shown, routing, simulated, options.includeUncertified ?? false, fleets);
  const rows = costRowsOf(planning, shown);
  const input: ReportInput = { profile, plan, evaluation, patches, simulated, costRows: rows };
  const body = buildReport(input);
  const { replan, certifiedPlan } = workspace;
  const solvedAgain = shown.open === null ? [] : [replan, certifiedPlan];
  const inputs = [workspace.profile, workspace.plan, workspace.evaluation, ...solvedAgain, workspace.routing];
  const { run, ...head } = await envelopeOf("Report", inputs, workspace, context);
  const full: Report = { ...head, ...body, run };
  const rendered = [
    ...(await renderReports(
      full,
      options.formats.filter((format) => format !== FOCUS),
    )),
    ...(options.formats.includes(FOCUS) ? [await focusFile(workspace, context)] : []),
  ];
  const reports = resolve(options.outputDir ?? workspace.reports);
  return {
    report: full,
    htmlPath: join(reports, "report.html"),
    files: await writeAll(reports, rendered),
    patches: await replaceAll(workspace.patches, patches),
  };
}

/** Daily charges of the profiled workload, as tools that read bills take them. */
async function focusFile(workspace: Workspace, context: Context) {
  const days = await withEngine(workspace, context, (engine) => loadChargeDays(engine, workspace));
  return { file: FOCUS_FILE, text: focusCsv(days) };
}

/** The formats again from a report.json alone, wherever it came from; patches are not part of it. */
export async function renderAgain(
  path: string,
  { outputDir, formats }: { readonly outputDir: string; readonly formats: readonly string[] },
): Promise<ReportResult> {
  const full = await readArtifact(path, reportSchema, "Write it: tokenop report --format json");
  const folder = resolve(outputDir);
  const files = await writeAll(folder, await renderReports(full, formats));
  return { report: full, htmlPath: join(folder, "report.html"), files, patches: [] };
}

type PlanArtifact = NonNullable<ReportInput["plan"]>;

/** What a report is about. */
interface Shown {
  /** The plan that was tested; after a further round, the one solved again since. */
  readonly plan: PlanArtifact | null;
  readonly evaluation: ReportInput["evaluation"];
  /** The plan whose certified actions are to be merged, and their ids. */
  readonly merged: PlanArtifact | null;
  readonly certified: ReadonlySet<string>;
  /** The best plan with what is still open; null where it was not solved again after the run. */
  readonly open: PlanArtifact | null;
}

/** The plan of what is certified decides what is saved and merged, where one was made from this evaluation. */
async function readShown(workspace: Workspace): Promise<Shown> {
  const tested = await loadOptional(workspace.plan, planSchema);
  const evaluation = await loadOptional(workspace.evaluation, evaluationSchema);
  const solved = await readReplanned(workspace);
  const isOfTested = await isAbout(evaluation, workspace);
  // An evaluation of named models, or of another plan, speaks of no action of this one, so it certifies none.
  const own = new Set(isOfTested ? (evaluation?.certified?.actions ?? []) : []);
  if (solved === null || evaluation === null)
    return {
      plan: tested,
      evaluation: isOfTested || evaluation === null ? evaluation : { ...evaluation, certified: null },
      merged: tested,
      certified: own,
      open: null,
    };
  const { certified: merged, open } = solved;
  const isLater = (evaluation.ledger?.rounds.length ?? 0) > 1;
  const plan = isLater || tested === null ? open : tested;
  return {
    plan,
    evaluation: { ...evaluation, certified: certifiedBy(merged, plan, own) },
    merged,
    certified: new Set(merged.actions.map(({ id }) => id)),
    open,
  };
}

/** Whether an evaluation tested plan.yaml as it stands: ids of actions alone would not tell plans apart. */
async function isAbout(evaluation: Shown["evaluation"], { plan }: Workspace): Promise<boolean> {
  const { ledger } = evaluation ?? {};
  if (ledger === undefined || !(await exists(plan))) return true;
  return ledger.rounds.length === 1 && ledger.claim === (await hashFile(plan)).sha256;
}

/** Of the plan that is shown, what holds or is in the certified one too, action for action; the saving is that of the latter. */
function certifiedBy(merged: PlanArtifact, plan: PlanArtifact, own: ReadonlySet<string>) {
  const held = new Set(merged.actions.map(identityOf));
  const { savingUsdMonth, savingShare } = merged.joint;
  return {
    actions: plan.actions
      .filter((action) => own.has(action.id) || held.has(identityOf(action)))
      .map(({ id }) => id),
    savingUsdMonth,
    savingShare,
    basis: "best plan of what is certified (certified-plan.yaml), replayed jointly, at list price",
  };
}

/** What patches of fleets are made from. */
type FleetSource = Pick<Planning, "workload" | "books"> & {
  readonly workspace: Workspace;
  readonly firstHour: number;
};

async function patchesOf(
  { plan, evaluation, merged, certified, open }: Shown,
  routing: Awaited<ReturnType<typeof currentRouting>>,
  simulated: boolean,
  includeUncertified: boolean,
  source: FleetSource,
): Promise<Patch[]> {
  if (plan === null || merged === null) return learnedRouterPatches(routing);
  const patches = await writePatches({
    ...{ plan: merged, evaluation, certified, routing, simulated },
    ...(await fleetsOf(merged, [...certified], source)),
  });
  if (!includeUncertified) return patches;
  const proposed = open ?? plan;
  const held = new Set(merged.actions.filter(({ id }) => certified.has(id)).map(identityOf));
  const shipped = proposed.actions.filter((action) => held.has(identityOf(action))).map(({ id }) => id);
  const all = proposed.actions.map(({ id }) => id);
  const uncertified = await writeUncertified({
    ...{ plan: proposed, evaluation, certified: new Set(shipped), simulated },
    ...(await fleetsOf(proposed, all, source)),
  });
  return [...patches, ...uncertified];
}

/** Fleets as some of a plan's actions leave them, and the Terraform that declares them. */
async function fleetsOf(
  plan: PlanArtifact,
  actions: readonly string[],
  { workload, books, workspace, firstHour }: FleetSource,
): Promise<Pick<PatchInput, "fleets" | "terraform">> {
  const fleets = plannedFleets(plan, actions, workload, books, firstHour);
  return { fleets, terraform: await terraformFolders(fleets, workspace) };
}

/** Simulated things carry it in their names; one of them is enough to mark the whole report. */
function isSimulated(profile: ReportInput["profile"], evaluation: ReportInput["evaluation"]): boolean {
  const models = profile.drivers.model.map(({ key }) => key);
  return evaluation?.mode === "simulate" || models.some((key) => /(^|\/)sim-/.test(key));
}

function costRowsOf({ workload, books }: Planning, { merged, certified }: Shown): CostRows {
  const baseline = costRows(workload, books);
  if (merged === null) return { baseline, optimized: baseline };
  return { baseline, optimized: costRows(applySubset(merged, [...certified], workload, books), books) };
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
