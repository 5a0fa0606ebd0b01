import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Where each artifact of a workspace lives. One place, so that no stage spells a path. */
export interface Workspace {
  readonly dir: string;
  readonly internal: string;
  readonly events: string;
  readonly eventsJsonl: string;
  readonly allEvents: string;
  readonly sameCalls: string;
  readonly watermarks: string;
  readonly statements: string;
  readonly cube: string;
  readonly sketches: string;
  readonly minutes: string;
  readonly reuse: string;
  readonly arrivals: string;
  readonly semanticReuse: string;
  readonly retries: string;
  readonly conversations: string;
  readonly outputTails: string;
  readonly rejects: string;
  readonly discovered: string;
  readonly profile: string;
  readonly prompts: string;
  readonly samples: string;
  readonly policy: string;
  readonly prices: string;
  readonly hardware: string;
  readonly fleet: string;
  /** What discovery proposes for fleet.yaml; nothing reads it. */
  readonly fleetProposal: string;
  readonly plan: string;
  readonly replan: string;
  readonly certifiedPlan: string;
  readonly results: string;
  readonly evaluation: string;
  readonly routing: string;
  readonly journal: string;
  readonly cache: string;
  readonly scratch: string;
  /** Key under which tenants of another engine are hashed; stays in the workspace. */
  readonly tenantKey: string;
  readonly reports: string;
  readonly patches: string;
}

export function workspaceAt(directory: string): Workspace {
  const dir = resolve(directory);
  const internal = join(dir, ".tokenop");
  return {
    dir,
    internal,
    events: join(internal, "events.parquet"),
    eventsJsonl: join(dir, "events.jsonl"),
    allEvents: join(internal, "all-events.parquet"),
    sameCalls: join(internal, "same-calls.parquet"),
    watermarks: join(internal, "watermarks.json"),
    statements: join(internal, "statements.parquet"),
    cube: join(internal, "cube.parquet"),
    sketches: join(internal, "sketches.parquet"),
    minutes: join(internal, "minutes.parquet"),
    reuse: join(internal, "reuse.parquet"),
    arrivals: join(internal, "arrivals.parquet"),
    semanticReuse: join(internal, "semantic-reuse.parquet"),
    retries: join(internal, "retries.parquet"),
    conversations: join(internal, "conversations.parquet"),
    outputTails: join(internal, "output-tails.parquet"),
    rejects: join(dir, "rejects.jsonl"),
    discovered: join(dir, "discovered.yaml"),
    profile: join(dir, "profile.yaml"),
    prompts: join(dir, "prompts.jsonl"),
    samples: join(dir, "samples.jsonl"),
    policy: join(dir, "policy.yaml"),
    prices: join(dir, "prices.yaml"),
    hardware: join(dir, "hardware.yaml"),
    fleet: join(dir, "fleet.yaml"),
    fleetProposal: join(dir, "fleet.discovered.yaml"),
    plan: join(dir, "plan.yaml"),
    replan: join(dir, "replan.yaml"),
    certifiedPlan: join(dir, "certified-plan.yaml"),
    results: join(dir, "results.jsonl"),
    evaluation: join(dir, "evaluation.yaml"),
    routing: join(dir, "routing.yaml"),
    journal: join(internal, "journal"),
    cache: join(internal, "cache"),
    scratch: join(internal, "scratch"),
    tenantKey: join(internal, "tenant-key"),
    reports: join(dir, "reports"),
    patches: join(dir, "patches"),
  };
}

/** The files that may hold prompt or response text: mode 0600, git-ignored, removed by `tokenop purge`. */
export const CONTENT_PATHS = [
  "prompts.jsonl",
  "samples.jsonl",
  "results.jsonl",
  ".tokenop/journal/",
  ".tokenop/cache/",
] as const;

export const CONTENT_MODE = 0o600;

/** Creates the folders and a `.gitignore` that keeps content and caches out of version control. */
export async function openWorkspace(directory: string): Promise<Workspace> {
  const workspace = workspaceAt(directory);
  await mkdir(workspace.internal, { recursive: true });
  await mkdir(workspace.journal, { recursive: true, mode: 0o700 });
  await mkdir(workspace.cache, { recursive: true, mode: 0o700 });
  await mkdir(workspace.scratch, { recursive: true });
  await closeContent(workspace);
  const path = join(workspace.dir, ".gitignore");
  const wanted = [...CONTENT_PATHS, "rejects.jsonl", ".tokenop/"];
  const existing = await readFile(path, "utf8").catch(() => "");
  const have = new Set(existing.split(/\r?\n/));
  const missing = wanted.filter((line) => !have.has(line));
  if (missing.length > 0) {
    const separator = existing === "" || existing.endsWith("\n") ? "" : "\n";
    await writeFile(path, `${existing}${separator}${missing.join("\n")}\n`);
  }
  return workspace;
}

/** Holds content that was there before, the user's own prompts.jsonl above all, to the mode that ours has. */
async function closeContent({ dir }: Workspace): Promise<void> {
  for (const relative of CONTENT_PATHS) {
    const path = join(dir, relative);
    const found = await lstat(path).catch(() => null);
    // A link's target lies elsewhere and is not ours to change.
    if (found === null || found.isSymbolicLink()) continue;
    // Another owner's file keeps its mode; reading it says what is wrong, if anything.
    await chmod(path, found.isDirectory() ? 0o700 : CONTENT_MODE).catch(() => undefined);
  }
}

/** Writes a content-bearing file so that only its owner can read it, also when it existed with a wider mode. */
export async function writeContent(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: CONTENT_MODE });
  await chmod(path, CONTENT_MODE);
}

/** Removes every content-bearing file; returns what was removed, relative to the workspace. */
export async function purgeContent(workspace: Workspace): Promise<string[]> {
  const removed: string[] = [];
  for (const relative of CONTENT_PATHS) {
    const path = join(workspace.dir, relative);
    const isFolder = relative.endsWith("/");
    const present = isFolder
      ? (await readdir(path).catch(() => [])).length > 0
      : await readFile(path).then(
          () => true,
          () => false,
        );
    if (!present) continue;
    await rm(path, { recursive: true, force: true });
    removed.push(relative);
  }
  return removed;
}
