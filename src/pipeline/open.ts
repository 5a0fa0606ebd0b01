import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { z } from "zod";
import type { Engine, EngineOptions } from "../engine/contract.js";
import { openDuckDb } from "../engine/duckdb/index.js";
import type { Books } from "../levers/contract.js";
import { loadPolicy, type Policy, planningWorkload, tenantsOf } from "../plan/index.js";
import { loadPriceBook, type PriceBook } from "../pricing/index.js";
import type { Workload } from "../profile/contract.js";
import { loadWorkload, type ProfileArtifact } from "../profile/index.js";
import {
  type HardwareBook,
  loadFleetBenchmarks,
  loadFleets,
  loadHardwareBook,
  withBenchmarks,
} from "../serving/index.js";
import { API_VERSION, hashFile, readArtifact, writeArtifact } from "../shared/artifact.js";
import type { Camel } from "../shared/case.js";
import type { Context } from "../shared/context.js";
import type { Workspace } from "../shared/workspace.js";

/** What every use case knows: the workspace folder and prices of one's own. */
export interface StageOptions {
  readonly dir: string;
  /** `--prices`; else prices.yaml of the workspace where there is one. */
  readonly prices?: string | undefined;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The price list, with the user's own rows first where there are any. */
export async function openPrices(options: StageOptions, workspace: Workspace): Promise<PriceBook> {
  const prices = options.prices ?? ((await exists(workspace.prices)) ? workspace.prices : undefined);
  return loadPriceBook(prices === undefined ? {} : { overrides: prices });
}

/** GPUs and open models, with the user's own rows first where there are any. */
export async function openHardware(workspace: Workspace): Promise<HardwareBook> {
  return loadHardwareBook((await exists(workspace.hardware)) ? { overrides: workspace.hardware } : {});
}

/** `--constraints`; else policy.yaml of the workspace, else built-in defaults (null). */
export async function policyPathOf(
  options: { readonly constraints?: string | undefined },
  workspace: Workspace,
): Promise<string | null> {
  return options.constraints ?? ((await exists(workspace.policy)) ? workspace.policy : null);
}

type EngineLimits = Pick<EngineOptions, "memoryLimitBytes">;

/** Opens the engine for one use case and closes it whatever happens. */
export function withEngine<T>(
  workspace: Workspace,
  context: Context,
  work: (engine: Engine) => Promise<T>,
  limits: EngineLimits = {},
): Promise<T> {
  return withEngineIn(workspace.scratch, context, work, limits);
}

/** As `withEngine`, for work that leaves nothing behind and has no workspace. */
export async function withTemporaryEngine<T>(
  context: Context,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tokenop-"));
  try {
    return await withEngineIn(folder, context, work);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withEngineIn<T>(
  folder: string,
  context: Context,
  work: (engine: Engine) => Promise<T>,
  limits: EngineLimits = {},
): Promise<T> {
  const engine = await openDuckDb({ scratchDir: join(folder, "engine"), ...limits }, context);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** The files that a plan is made from; those that are there are recorded in it. */
export function planInputs(
  workspace: Workspace,
  policyPath: string | null,
  { prices }: Pick<StageOptions, "prices">,
): string[] {
  return [
    workspace.profile,
    ...(policyPath === null ? [] : [policyPath]),
    prices ?? workspace.prices,
    workspace.fleet,
    workspace.hardware,
  ];
}

/** What plans, runs and reports compute on; all must see the same one. */
export interface Planning {
  readonly policy: Policy;
  readonly workload: Workload;
  /** With the benchmarks that fleet.yaml names. */
  readonly books: Books;
}

/** The profiled workload with its fleets; tenants that the policy has rules for stand apart. */
export async function openPlanning(
  workspace: Workspace,
  context: Context,
  profile: ProfileArtifact,
  prices: PriceBook,
  policyPath: string | null,
): Promise<Planning> {
  const hardware = await openHardware(workspace);
  const books = { ...prices, hardware };
  const policy = await loadPolicy(policyPath);
  const workload = await withEngine(workspace, context, (engine) =>
    loadWorkload(engine, workspace, profile, prices, tenantsOf(policy)),
  );
  if (!(await exists(workspace.fleet))) {
    return { policy, books, workload: planningWorkload(workload, [], policy, books) };
  }
  const fleets = await loadFleets(workspace.fleet, hardware);
  const benchmarks = await loadFleetBenchmarks(workspace.fleet, hardware);
  const measured = { ...prices, hardware: withBenchmarks(hardware, benchmarks) };
  return { policy, books: measured, workload: planningWorkload(workload, fleets, policy, measured) };
}

export type InputHash = Awaited<ReturnType<typeof hashFile>>;

/** Of those files that are there. */
export async function hashPresent(paths: readonly string[]): Promise<InputHash[]> {
  const present: string[] = [];
  for (const path of paths) if (await exists(path)) present.push(path);
  return Promise.all(present.map(hashFile));
}

/** What every artifact carries beside its body: input hashes, and the one block that may differ between equal runs. */
export async function envelopeOf<K extends string>(
  kind: K,
  inputs: readonly (string | InputHash)[],
  workspace: Workspace,
  context: Context,
) {
  const hashes = inputs.map((input) => (typeof input === "string" ? hashPresent([input]) : [input]));
  return {
    apiVersion: API_VERSION,
    kind,
    inputs: (await Promise.all(hashes)).flat(),
    run: {
      createdAt: context.now().toISOString(),
      tokenopVersion: context.version,
      directory: workspace.dir,
    },
  } as const;
}

/** Writes an artifact with its envelope; the run block stands last. */
export async function saveArtifact(
  path: string,
  schema: z.ZodType,
  kind: string,
  body: object,
  inputs: readonly (string | InputHash)[],
  workspace: Workspace,
  context: Context,
): Promise<void> {
  const { run, ...head } = await envelopeOf(kind, inputs, workspace, context);
  await writeArtifact(path, schema, { ...head, ...body, run });
}

/** Loads an artifact, or null where the stage that writes it has not run. */
export async function loadOptional<S extends z.ZodType>(
  path: string,
  schema: S,
): Promise<Camel<z.infer<S>> | null> {
  if (!(await exists(path))) return null;
  return readArtifact(path, schema, `Write it again: delete ${basename(path)} and run its command.`);
}
