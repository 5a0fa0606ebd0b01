import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CollectOptions } from "../../src/collect/contract.js";
import { localAgentsCollector } from "../../src/collect/local-agents/index.js";
import type { CanonicalEvent, RawRow, RepeatedLine } from "../../src/events/contract.js";
import type { Context } from "../../src/shared/context.js";
import { silentLogger } from "../../src/shared/log.js";

const FIXTURES = join(import.meta.dirname, "../../src/collect/local-agents/fixtures");

export const PROJECT = "-home-ada-shop";

export function testContext(homeDir: string, env: Context["env"] = {}): Context {
  return {
    now: () => new Date("2026-11-21T00:00:00Z"),
    env,
    homeDir,
    signal: new AbortController().signal,
    log: silentLogger,
    version: "0.0.0",
  };
}

export function testOptions(workspaceDir: string, changes: Partial<CollectOptions> = {}): CollectOptions {
  return { inputs: [], mapping: { map: {}, set: {} }, since: null, workspaceDir, ...changes };
}

export interface Fixtures {
  readonly claude?: readonly string[];
  readonly codex?: readonly string[];
  readonly pi?: readonly string[];
  readonly qwen?: readonly string[];
}

/** Lays fixtures out as the agents do in a home folder; the caller removes it. */
export async function homeWith(fixtures: Fixtures): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "home-"));
  for (const [index, name] of (fixtures.claude ?? []).entries()) {
    const target = join(home, ".claude", "projects", PROJECT, `session-${index}.jsonl`);
    await copy(join(FIXTURES, "claude-code", `${name}.jsonl`), target);
  }
  for (const [index, name] of (fixtures.codex ?? []).entries()) {
    const target = join(
      home,
      ".codex",
      "sessions",
      "2026",
      "11",
      "20",
      `rollout-2026-11-20T08-0${index}.jsonl`,
    );
    await copy(join(FIXTURES, "codex", `${name}.jsonl`), target);
  }
  for (const name of fixtures.pi ?? [])
    await copy(
      join(FIXTURES, "pi", `${name}.jsonl`),
      join(home, ".pi/agent/sessions", PROJECT, `${name}.jsonl`),
    );
  for (const name of fixtures.qwen ?? [])
    await copy(
      join(FIXTURES, "qwen-code", `${name}.jsonl`),
      join(home, ".qwen/projects", PROJECT, "chats", `${name}.jsonl`),
    );
  return home;
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

export interface Collected {
  readonly rows: readonly RawRow[];
  readonly events: readonly CanonicalEvent[];
  readonly problems: readonly Extract<RawRow, { problem: unknown }>[];
  readonly repeated: readonly RepeatedLine[];
}

export async function collectAll(options: CollectOptions, context: Context): Promise<Collected> {
  const rows: RawRow[] = [];
  const repeated: RepeatedLine[] = [];
  for await (const batch of localAgentsCollector.read(options, context)) {
    if (batch.kind !== "rows") throw new TypeError("local-agents parses its rows itself");
    rows.push(...batch.rows);
    repeated.push(...batch.repeated);
  }
  return {
    rows,
    events: rows.flatMap((row) => ("event" in row ? [row.event] : [])),
    problems: rows.flatMap((row) => ("problem" in row ? [row] : [])),
    repeated,
  };
}

/** Everything that the collector yields for a home folder with these session files. */
export async function collectFixtures(fixtures: Fixtures): Promise<Collected> {
  const home = await homeWith(fixtures);
  try {
    return await collectAll(testOptions(home), testContext(home));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
