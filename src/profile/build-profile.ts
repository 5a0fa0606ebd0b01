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
import { type Coverage, readCoverage } from "./measure/coverage.js";
import { readClusterTotals } from "./measure/totals.js";
import { indexPrompts, type PromptIndex } from "./prompts/index-prompts.js";
import { withKeptIds } from "./prompts/with-kept-ids.js";
import { profileRemote, type RemoteProfile, type RemoteSource } from "./remote/profile-remote.js";
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
  /** A table in another engine, instead of events on disk. */
  readonly remote?: RemoteSource;
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
  if (input.remote !== undefined && method === "lexical") throw wordsElsewhere(input.remote);
  const eventsPath = input.remote === undefined ? await requireEvents(input) : null;
  const random = createRandom(input.seed).fork("profile");
  const promptsPath = await findPrompts(input, method);
  const index =
    promptsPath === null
      ? null
      : await withKeptIds(
          engine,
          await indexPrompts(promptsPath, random.fork("texts"), context.signal),
          workspace.sameCalls,
        );
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

  const { coverage, remote } = await readEvents(input, eventsPath, method, placed, index);

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
    remote,
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

interface ReadEvents {
  readonly coverage: Coverage;
  readonly remote: RemoteProfile | null;
}

/** Cube and side tables, from events on disk or from a table elsewhere. */
async function readEvents(
  input: ProfileInput,
  eventsPath: string | null,
  method: ClusterMethod,
  placed: PlacedPrompts | null,
  index: PromptIndex | null,
): Promise<ReadEvents> {
  const { engine, workspace, prices } = input;
  if (input.remote !== undefined || eventsPath === null) {
    const remote = await profileRemote(engine, workspace, prices, input.remote!, index !== null);
    if (remote === null) throw noEvents(input, null);
    await writeSemanticReuse(engine, workspace, null);
    return { coverage: remote.coverage, remote };
  }
  await writeCube(engine, workspace, prices, {
    eventsPath,
    clustered: (placed?.assignedEvents ?? 0) > 0,
    assignedFirst: method === "lexical",
  });
  const coverage = await readCoverage(engine);
  if (coverage === null) throw noEvents(input, eventsPath);
  await writeProfileReuse(engine, workspace, coverage);
  await writeSideTables(engine, workspace, coverage);
  await writeSemanticReuse(engine, workspace, index);
  return { coverage, remote: null };
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

function wordsElsewhere({ table }: RemoteSource): UsageError {
  return new UsageError({
    code: "TOP-PROFILE-METHOD",
    message: "Clusters by words are for events on disk.",
    found: `The calls are in ${table}, and neither their ids nor prompts are sent there or fetched from there.`,
    fix: "Use the table's own intents: tokenop profile --cluster-method intent",
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function requireEvents({ eventsPath, workspace }: ProfileInput): Promise<string> {
  const path = eventsPath ?? workspace.events;
  if (await exists(path)) return path;
  throw new UsageError({
    code: "TOP-PROFILE-EVENTS",
    message: "There are no events to profile.",
    found: `${path} does not exist.`,
    fix: "Collect them first: tokenop discover --input-dir <folder>",
  });
}

function noEvents({ remote }: ProfileInput, path: string | null): UsageError {
  return new UsageError({
    code: "TOP-PROFILE-EMPTY",
    message: `${remote?.table ?? path} holds no event.`,
    found: remote === undefined ? "0 rows." : "No row of it can be used.",
    fix:
      remote === undefined
        ? "See what was rejected, and why: tokenop discover --input-dir <folder>"
        : "Check the columns: tokenop profile --explain",
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
