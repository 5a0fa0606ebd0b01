import { join } from "node:path";
import { collect, optionsFor } from "../collect/collect.js";
import type { CollectOptions } from "../collect/contract.js";
import { collectors } from "../collect/registry.js";
import { type CollectorReport, type Selected, type Selection, selectCollectors } from "../collect/select.js";
import { readSources } from "../collect/sources.js";
import { discoveredSchema, type IngestResult, type OverlapMode } from "../events/contract.js";
import {
  type Ingested,
  ingest,
  loadWatermarks,
  parseMapping,
  readAgainFrom,
  redactCall,
  validateFiles,
} from "../events/index.js";
import type { PriceBook } from "../pricing/contract.js";
import type { ArtifactBody } from "../shared/artifact.js";
import type { Context } from "../shared/context.js";
import type { TokenOpError } from "../shared/errors.js";
import { openWorkspace, type Workspace, workspaceAt } from "../shared/workspace.js";
import { openContent } from "./collected-content.js";
import { declaresAnything, discoverInfrastructure } from "./infrastructure.js";
import { openPrices, type StageOptions, saveArtifact, withEngine, withTemporaryEngine } from "./open.js";
import { inputShortfall } from "./shortfall.js";

export interface InputOptions {
  /** Files, folders and globs; empty looks for what is there. */
  readonly inputs: readonly string[];
  readonly map?: string;
  readonly set?: string;
  readonly tsUnit?: "s" | "ms" | "us" | "ns";
  /** Share of rejected lines above which the outcome is a shortfall. */
  readonly maxRejected: number;
}

export interface DiscoverOptions extends StageOptions, InputOptions {
  readonly collectors?: readonly string[];
  readonly since?: Date;
  /** Where to look when nothing is named: the current folder of a command line. */
  readonly searchDir?: string;
  /** tokenop.yaml, whose `sources` are read; none where it is left out. */
  readonly configPath?: string | null;
  /** Prompt and response text too, redacted, into prompts.jsonl. */
  readonly includeContent?: boolean;
  readonly eventsFormat: "parquet" | "jsonl";
  /** Adds to the events that are there; sources are asked from their watermark on, unless `since` is given. */
  readonly append?: boolean;
  /** What becomes of buckets that single requests of another source cover; default `report`. */
  readonly overlap?: OverlapMode;
}

export type DiscoveredBody = ArtifactBody<typeof discoveredSchema>;

export interface DiscoverResult {
  readonly discovered: DiscoveredBody;
  readonly ingest: IngestResult;
  /** Why the outcome is exit code 2 although all was written; null where the input is good enough. */
  readonly shortfall: TokenOpError | null;
  readonly written: readonly string[];
}

/**
 * Rows of platforms pass through Node, whose own memory is then half of what there is: the engine gets less, so that
 * the process stays under 1 GiB however many rows a platform has. Files are read by the engine itself.
 */
const ENGINE_BYTES_BESIDE_NODE = 400_000_000;

const limitsFor = (selected: Selection["selected"]) =>
  selected.some(({ source }) => source !== null) ? { memoryLimitBytes: ENGINE_BYTES_BESIDE_NODE } : {};

/** Sources in; canonical, deduplicated, priced events out, and an account of every line. */
export async function discover(options: DiscoverOptions, context: Context): Promise<DiscoverResult> {
  const request = collectOptions(options, workspaceAt(options.dir));
  const selection = await selectSources(options, request, context);
  const workspace = await openWorkspace(options.dir);
  const prices = await openPrices(options, workspace);
  const { eventsFormat, overlap, append } = options;
  const content = await openContent(workspace, options);
  const collection = collect(selection.selected, request, context, {
    spoolDir: join(workspace.cache, "collect"),
    keepContent: content.keep,
    redact: redactCall,
  });
  const ingested = await withEngine(
    workspace,
    context,
    (engine) =>
      ingest(collection.batches(), {
        engine,
        workspace,
        prices,
        context,
        eventsFormat,
        since: request.since,
        readers: selection.selected.flatMap(readerOf),
        ...(overlap !== undefined && { overlap }),
        ...(append !== undefined && { append }),
      }),
    limitsFor(selection.selected),
  ).catch(async (error: unknown) => {
    await content.discard();
    throw error;
  });
  const kept = await content.close();
  await collection.done();
  const declared = await discoverInfrastructure(selection.selected, request, workspace, context);
  const discovered = {
    ...describe(ingested, selection.report.map(withoutPaths(options, context)), prices),
    ...(kept !== null && { content: kept }),
    ...(declared !== null && { infrastructure: declared.infrastructure }),
  };
  await saveArtifact(
    workspace.discovered,
    discoveredSchema,
    "Discovered",
    discovered,
    [],
    workspace,
    context,
  );
  const written = [workspace.discovered];
  if (options.includeContent === true) written.push(workspace.prompts);
  // Where nothing was usable, the events of an earlier discovery are left as they were.
  const hasNew = ingested.valid + ingested.overlapping > 0;
  if (hasNew) written.unshift(workspace.events);
  if (hasNew && eventsFormat === "jsonl") written.push(workspace.eventsJsonl);
  if (ingested.statements > 0) written.push(workspace.statements);
  if (ingested.rejected > 0) written.push(workspace.rejects);
  written.push(...(declared?.written ?? []));
  const onlyDeclared = ingested.read === 0 && declaresAnything(declared);
  const shortfall = onlyDeclared ? null : inputShortfall(ingested, options.maxRejected);
  return { discovered, ingest: ingested, shortfall, written };
}

/** What each selected collector would read, before anything is read. */
export async function explainDiscover(options: DiscoverOptions, context: Context): Promise<string[]> {
  const request = collectOptions(options, workspaceAt(options.dir));
  const { selected } = await selectSources(options, request, context);
  const lines: string[] = [];
  for (const entry of selected) {
    const { collector, source } = entry;
    lines.push(`${source?.name ?? collector.id}: ${collector.summary}`);
    for (const line of await collector.explain(optionsFor(entry, request), context))
      lines.push(`  ${line.replaceAll("\n", "\n  ")}`);
    for (const { column, reason } of collector.cannotFill) lines.push(`  leaves ${column} empty: ${reason}`);
  }
  return lines;
}

export interface ValidateResult {
  readonly result: IngestResult;
  readonly shortfall: TokenOpError | null;
}

/** Judges every line as `discover` would, and writes nothing. */
export async function validate(options: InputOptions, context: Context): Promise<ValidateResult> {
  const request = { ...collectOptions(options, null), since: null };
  const { selected } = await selectCollectors(["files"], [], request, context);
  const deps = { spoolDir: "", keepContent: async () => undefined, redact: redactCall };
  const result = await withTemporaryEngine(context, (engine) =>
    validateFiles(collect(selected, request, context, deps).batches(), { engine, context }),
  );
  return { result, shortfall: inputShortfall(result, options.maxRejected) };
}

async function selectSources(
  options: Pick<DiscoverOptions, "collectors" | "configPath" | "append" | "since" | "dir">,
  request: CollectOptions,
  context: Context,
): Promise<Selection> {
  const { collectors: names, configPath } = options;
  const sources =
    configPath === undefined || configPath === null ? [] : await readSources(configPath, collectors);
  const selection = await selectCollectors(names ?? null, sources, request, context);
  if (options.append !== true || options.since !== undefined) return selection;
  return { ...selection, selected: await readOn(selection.selected, workspaceAt(options.dir)) };
}

/** Configured sources from their watermark on; those that were never read, and files, from the beginning. */
async function readOn(selected: readonly Selected[], { watermarks }: Workspace): Promise<Selected[]> {
  const marks = await loadWatermarks(watermarks);
  return selected.map((entry) => {
    const { collector, source } = entry;
    const since = source === null ? null : readAgainFrom(marks, source.name, collector.latenessHours);
    return since === null ? entry : { ...entry, since };
  });
}

/** Only what is asked anew each time keeps a watermark. */
const readerOf = ({ collector, source }: Selected) =>
  source === null ? [] : [{ name: source.name, source: source.name, latenessHours: collector.latenessHours }];

function collectOptions(
  options: InputOptions & Pick<DiscoverOptions, "since" | "searchDir" | "includeContent">,
  workspace: Workspace | null,
): CollectOptions {
  return {
    inputs: options.inputs,
    mapping: parseMapping(options.map, options.set, options.tsUnit),
    since: options.since ?? null,
    workspaceDir: workspace?.dir ?? "",
    ...(options.searchDir === undefined ? {} : { searchDir: options.searchDir }),
    includeContent: options.includeContent === true,
  };
}

/** Artifacts of equal inputs are equal wherever they lie, so folders of this machine stay out of them. */
function withoutPaths({ dir, searchDir }: DiscoverOptions, { homeDir }: Context) {
  return (entry: CollectorReport): CollectorReport => {
    const places = [
      [workspaceAt(dir).dir, "the workspace"],
      [searchDir ?? workspaceAt(dir).dir, "the current folder"],
      [homeDir, "~"],
    ] as const;
    const found = places.reduce((text, [path, name]) => text.replaceAll(path, name), entry.found);
    return { ...entry, found };
  };
}

function describe(
  ingested: Ingested,
  collectors: readonly CollectorReport[],
  prices: PriceBook,
): DiscoveredBody {
  const { read, valid, rejected, duplicate, overlapping, overlap, appended } = ingested;
  return {
    totals: { read, valid, rejected, duplicate, overlapping },
    span: ingested.span,
    collectors: collectors.map((entry) => ({ ...entry, cannotFill: [...entry.cannotFill] })),
    files: [...ingested.files],
    cost: ingested.cost,
    unpriced: [...ingested.unpriced],
    ...(ingested.statements > 0 && {
      statements: ingested.statements,
      reconciliation: ingested.reconciliation.map((bill) => ({
        ...bill,
        models: bill.models.map((row) => ({ ...row })),
      })),
    }),
    ...(overlap !== null && {
      overlap: { ...overlap, pairs: [...overlap.pairs], buckets: [...overlap.buckets] },
    }),
    ...(appended !== null && { appended }),
    priceBook: { id: prices.id, source: prices.source, date: prices.date },
    warnings: [...ingested.warnings],
  };
}
