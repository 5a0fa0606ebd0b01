import { access } from "node:fs/promises";
import type { Engine } from "../engine/contract.js";
import type { PriceBook } from "../pricing/index.js";
import type { Context } from "../shared/context.js";
import { UsageError } from "../shared/errors.js";
import { createRandom } from "../shared/random.js";
import type { Workspace } from "../shared/workspace.js";
import { type PlacedPrompts, placePrompts } from "./clusters/place-prompts.js";
import { CLUSTER_METHODS, type ClusterMethod, type ProfileBody, type Sample } from "./contract.js";
import { writeCube } from "./cube/write-cube.js";
import { describeProfile } from "./describe-profile.js";
import { readCoverage } from "./measure/coverage.js";
import { readClusterTotals } from "./measure/totals.js";
import { indexPrompts, type PromptIndex } from "./prompts/index-prompts.js";
import { writeProfileReuse } from "./reuse/write-reuse.js";
import { buildSamples, describeDesign } from "./samples/build-samples.js";
import type { SampleDesign } from "./samples/draw-samples.js";
import { writeSemanticReuse } from "./semantic/write-semantic.js";
import { writeSideTables } from "./side-tables/write-side-tables.js";

export interface ProfileInput {
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly prices: PriceBook;
  readonly context: Context;
  readonly seed: number;
  /** One of `CLUSTER_METHODS`; default "auto". Taken as text, so that a flag's value can be refused here. */
  readonly clusterMethod?: string;
  /** Inference samples over all clusters; `run` takes as many as it needs from the front of their random order. */
  readonly sampleSize?: number;
  readonly sampleDesign?: SampleDesign;
  /** Name lexical clusters by distinctive words of their prompts; off, since the profile is no content-bearing file. */
  readonly nameClusters?: boolean;
  /** Models that fleets of one's own answer: paid by the GPU-hour, so no list price is missing. */
  readonly onFleets?: readonly { readonly provider: string; readonly model: string }[];
  /** Canonical events as Parquet; default the workspace's. */
  readonly eventsPath?: string;
  /** Default the workspace's prompts.jsonl, if there is one. */
  readonly promptsPath?: string;
}

export interface BuiltProfile {
  readonly profile: ProfileBody;
  /** Lines of samples.jsonl, content-bearing; empty without prompts. */
  readonly samples: readonly Sample[];
}

/** Enough for every cluster's own question, within a file that a person can still open. */
const DEFAULT_SAMPLES_PER_CLUSTER = 200;
const FEWEST_DEFAULT_SAMPLES = 1000;
const MOST_DEFAULT_SAMPLES = 5000;

/**
 * Profiles the workload: writes cube, sketches, arrivals, reuse and side tables beside the events, and returns the profile and the
 * samples for the caller to write.
 *
 * Errors: TOP-PROFILE-METHOD, TOP-PROFILE-EVENTS (missing), TOP-PROFILE-EMPTY, TOP-PROFILE-PROMPTS.
 */
export async function buildProfile(input: ProfileInput): Promise<BuiltProfile> {
  const { engine, workspace, prices, context } = input;
  const method = clusterMethodOf(input.clusterMethod ?? "auto");
  const eventsPath = input.eventsPath ?? workspace.events;
  await requireEvents(eventsPath);
  const random = createRandom(input.seed).fork("profile");
  const promptsPath = await findPrompts(input, method);
  const index =
    promptsPath === null ? null : await indexPrompts(promptsPath, random.fork("texts"), context.signal);
  const placed =
    index === null || promptsPath === null
      ? null
      : await placePrompts(engine, index, {
          eventsPath,
          promptsPath,
          method,
          random: random.fork("clusters"),
          signal: context.signal,
        });

  await writeCube(engine, workspace, prices, {
    eventsPath,
    clustered: (placed?.assignedEvents ?? 0) > 0,
    assignedFirst: method === "lexical",
  });
  const coverage = await readCoverage(engine);
  if (coverage === null) throw noEvents(eventsPath);
  await writeProfileReuse(engine, workspace, coverage);
  await writeSideTables(engine, workspace, coverage);
  await writeSemanticReuse(engine, workspace, index);

  const clusterTotals = await readClusterTotals(engine);
  const samples =
    index === null || placed === null || promptsPath === null
      ? []
      : await buildSamples({
          path: promptsPath,
          prompts: placed.prompts,
          texts: index.texts,
          clusterCost: new Map(clusterTotals.map(({ cluster, cost }) => [cluster, Number(cost)])),
          design: input.sampleDesign ?? "uniform",
          total: input.sampleSize ?? defaultSampleSize(placed.prompts),
          random: random.fork("samples"),
          signal: context.signal,
        });
  const profile = await describeProfile(engine, workspace, prices, {
    coverage,
    clusterTotals,
    placed,
    samples,
    design: describeDesign(input.sampleDesign ?? "uniform"),
    seed: input.seed,
    warnings: warningsOf(index, placed),
    nameClusters: input.nameClusters ?? false,
    onFleets: input.onFleets ?? [],
  });
  for (const warning of profile.warnings) context.log.warn(warning);
  return { profile, samples };
}

function defaultSampleSize(prompts: PlacedPrompts["prompts"]): number {
  const clusters = new Set(prompts.map(({ cluster }) => cluster)).size;
  const wanted = clusters * DEFAULT_SAMPLES_PER_CLUSTER;
  return Math.min(MOST_DEFAULT_SAMPLES, Math.max(FEWEST_DEFAULT_SAMPLES, wanted));
}

const warningsOf = (index: PromptIndex | null, placed: PlacedPrompts | null): string[] => [
  ...(index?.warnings ?? []),
  ...partlyReplayed(index),
  ...(placed?.warnings ?? []),
];

function partlyReplayed(index: PromptIndex | null): string[] {
  if (index === null || index.questions.size === index.entries.length) return [];
  return [
    `Semantic reuse is replayed over ${index.questions.size} random prompts of ${index.entries.length}: hits on the others are not counted.`,
  ];
}

function clusterMethodOf(text: string): ClusterMethod {
  const method = CLUSTER_METHODS.find((known) => known === text);
  if (method !== undefined) return method;
  throw new UsageError({
    code: "TOP-PROFILE-METHOD",
    message: `"${text}" is not a cluster method that works here.`,
    found:
      text === "semantic"
        ? "Semantic clusters need an embedding endpoint, which this version does not call."
        : `Methods: ${CLUSTER_METHODS.join(", ")}.`,
    fix: "Use the prompts' own words: tokenop profile --cluster-method lexical",
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function requireEvents(path: string): Promise<void> {
  if (await exists(path)) return;
  throw new UsageError({
    code: "TOP-PROFILE-EVENTS",
    message: "There are no events to profile.",
    found: `${path} does not exist.`,
    fix: "Collect them first: tokenop discover --input-dir <folder>",
  });
}

function noEvents(path: string): UsageError {
  return new UsageError({
    code: "TOP-PROFILE-EMPTY",
    message: `${path} holds no event.`,
    found: "0 rows.",
    fix: "See what was rejected, and why: tokenop discover --input-dir <folder>",
  });
}

async function findPrompts(input: ProfileInput, method: ClusterMethod): Promise<string | null> {
  const path = input.promptsPath ?? input.workspace.prompts;
  if (await exists(path)) return path;
  if (input.promptsPath === undefined && method !== "lexical") return null;
  throw new UsageError({
    code: "TOP-PROFILE-PROMPTS",
    message: method === "lexical" ? "Lexical clusters need prompts." : "The prompts cannot be read.",
    found: `${path} does not exist.`,
    fix: 'Write one prompt a line with "id" and "messages" to prompts.jsonl, or name the file: --prompts <file>',
  });
}
