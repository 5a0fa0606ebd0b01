import { access, constants } from "node:fs/promises";
import type { AccessCheck, CollectOptions, Collector, Source } from "../collect/contract.js";
import { collectors } from "../collect/registry.js";
import { notConfigured, requireKnown } from "../collect/select.js";
import { readSources } from "../collect/sources.js";
import { loadPriceBook } from "../pricing/index.js";
import type { Context } from "../shared/context.js";
import { describeFileFault, TokenOpError, UpstreamError } from "../shared/errors.js";
import { workspaceAt } from "../shared/workspace.js";
import { withTemporaryEngine } from "./open.js";

/** One thing that was tried, and of what. */
export interface Finding extends AccessCheck {
  /** `this machine`, or a source's name. */
  readonly subject: string;
}

export interface DoctorOptions {
  readonly dir: string;
  readonly configPath: string | null;
  /** Only these sources or collectors; all that are configured where it is left out. */
  readonly collectors?: readonly string[];
}

export interface DoctorResult {
  readonly findings: readonly Finding[];
  /** What must be mended before `discover` can work; null where nothing is. */
  readonly shortfall: TokenOpError | null;
}

/**
 * Tries what a run needs: this machine's parts, and each configured source with the smallest requests that show its
 * access. Nothing is written and no usage is read.
 *
 * @throws UsageError TOP-COLLECT-UNKNOWN or TOP-COLLECT-CONFIG where a named collector is none, or is not configured.
 */
export async function doctor(options: DoctorOptions, context: Context): Promise<DoctorResult> {
  const sources = options.configPath === null ? [] : await readSources(options.configPath, collectors);
  const named = options.collectors ?? null;
  for (const name of named ?? []) requireToCheck(name, sources);
  const findings = [...(await machine(options, context))];
  for (const source of sources) {
    if (named !== null && !named.includes(source.name) && !named.includes(source.collector)) continue;
    const collector = collectors.find(({ id }) => id === source.collector)!;
    findings.push(...(await checkSource(collector, source, options, context)));
  }
  for (const { id, grants } of collectors.filter(
    ({ id, settings }) => settings === null && named?.includes(id),
  ))
    findings.push(...grants.map((grant) => localFinding(id, grant)));
  return { findings, shortfall: shortfallOf(findings) };
}

/** A name that nothing answers to would read as "all is well". */
function requireToCheck(name: string, sources: readonly Source[]): void {
  requireKnown(name, sources);
  const isConfigured = sources.some((source) => source.name === name || source.collector === name);
  const platform = collectors.find(({ id, settings }) => id === name && settings !== null);
  if (platform !== undefined && !isConfigured) throw notConfigured(platform);
}

const localFinding = (subject: string, access: string): Finding => ({
  subject,
  access,
  ok: true,
  optional: false,
  detail: "nothing to ask: it reads files of this machine",
  fix: null,
});

async function machine({ dir }: DoctorOptions, context: Context): Promise<Finding[]> {
  const subject = "this machine";
  const tries: readonly (readonly [string, string, () => Promise<string>])[] = [
    [
      "the analytic engine",
      "Install again: npm ci",
      () =>
        withTemporaryEngine(context, async (engine) => {
          const [row] = await engine.rows<{ version: string }>("SELECT version() AS version");
          return `DuckDB ${row?.version ?? ""}`;
        }),
    ],
    [
      "the price list",
      "Install again: npm ci",
      async () => {
        const { source, date } = await loadPriceBook();
        return `${source}, ${date}`;
      },
    ],
    [
      "the workspace folder",
      "Name a folder that you may write to: --dir <folder>",
      async () => {
        await access(workspaceAt(dir).dir, constants.W_OK);
        return "may be written to";
      },
    ],
  ];
  const findings: Finding[] = [];
  for (const [what, fix, attempt] of tries) {
    const outcome = await attempt().then(
      (detail) => ({ ok: true, detail, fix: null }),
      (error: unknown) => ({ ok: false, detail: describeFault(error), fix }),
    );
    findings.push({ subject, access: what, optional: false, ...outcome });
  }
  return findings;
}

async function checkSource(
  collector: Collector,
  source: Source,
  { dir }: DoctorOptions,
  context: Context,
): Promise<Finding[]> {
  const subject = source.name;
  const request: CollectOptions = {
    inputs: [],
    mapping: { map: {}, set: {} },
    since: null,
    workspaceDir: dir,
    source,
  };
  const findings: Finding[] = [];
  try {
    for await (const check of collector.check?.(request, context) ?? []) findings.push({ subject, ...check });
  } catch (error) {
    // Whatever a check could not say itself: a variable that is not set, a host that does not answer.
    if (!(error instanceof TokenOpError)) throw error;
    findings.push({
      subject,
      access: "reach the source",
      ok: false,
      optional: false,
      detail: [error.message, error.found].filter((text) => text !== undefined).join(" "),
      fix: error.fix ?? null,
    });
  }
  return findings;
}

const describeFault = (error: unknown): string =>
  describeFileFault(error) ?? (error instanceof Error ? error.message.split("\n")[0]! : String(error));

function shortfallOf(findings: readonly Finding[]): TokenOpError | null {
  const missing = findings.filter(({ ok, optional }) => !ok && !optional);
  const [first] = missing;
  if (first === undefined) return null;
  return new UpstreamError({
    code: "TOP-DOCTOR-MISSING",
    message: `${missing.length} of ${findings.length} things that are needed are missing.`,
    found: `The first: ${first.subject}: ${first.access}: ${first.detail}`,
    fix: first.fix ?? "See the list above.",
  });
}
