import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  collectAll,
  type Fixtures,
  homeWith,
  PROJECT,
  testContext,
  testOptions,
} from "../../../test/support/agent-home.js";
import { localAgentsCollector as collector } from "./index.js";

let folders: string[] = [];
let workspace: string;

async function home(fixtures: Fixtures): Promise<string> {
  const folder = await homeWith(fixtures);
  folders.push(folder);
  return folder;
}

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "workspace-"));
  folders = [workspace];
});
afterEach(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

describe("the local-agents collector", () => {
  it("reads every agent that left files, one after the other", async () => {
    const folder = await home({ claude: ["one-call"], codex: ["session"] });
    const { events } = await collectAll(testOptions(workspace), testContext(folder));

    expect(events.map((event) => event.endpoint)).toEqual(["claude_code", "codex", "codex", "codex"]);
  });

  it("shows a project as the same hash with either agent, and its name nowhere", async () => {
    const folder = await home({ claude: ["one-call", "broken"], codex: ["session"] });
    const collected = await collectAll(testOptions(workspace), testContext(folder));

    expect(new Set(collected.events.map((event) => event.tenant))).toEqual(new Set(["project-278534778aaf"]));
    expect(collected.rows[0]!.file).toMatch(/^claude-code\/project-278534778aaf\/session-1\.jsonl$/);
    expect(JSON.stringify(collected)).not.toMatch(/shop|canary/);
  });

  it("reads only what was written since the given instant", async () => {
    const folder = await home({ claude: ["one-call"], codex: ["session"] });
    const since = new Date("2026-11-20T08:02:00.000Z");
    const { events, repeated } = await collectAll(testOptions(workspace, { since }), testContext(folder));

    expect(events.map((event) => event.ts)).toEqual(["2026-11-20T08:02:00.000Z", "2026-11-20T08:03:00.000Z"]);
    expect(repeated).toEqual([]);
  });

  it("tells the agent by its lines in a folder that the user names", async () => {
    const folder = await home({ claude: ["one-call"], codex: ["session"] });
    await writeFile(join(folder, "other.jsonl"), '{"unrelated":true}\n');
    const warnings: string[] = [];
    const context = testContext("/nowhere");
    const log = { ...context.log, warn: (message: string) => warnings.push(message) };
    const options = testOptions(workspace, { inputs: [folder] });
    const { events } = await collectAll(options, { ...context, log });

    expect(events).toHaveLength(4);
    expect(warnings).toEqual(["Left out 1 of 3 .jsonl file(s): no line in them is of an agent known here."]);
  });

  it.each([
    { named: ".claude", label: `claude-code/project-278534778aaf/session-0.jsonl` },
    { named: ".claude/projects", label: `claude-code/project-278534778aaf/session-0.jsonl` },
    { named: `.claude/projects/${PROJECT}`, label: "claude-code/session-0.jsonl" },
    { named: `.claude/projects/${PROJECT}/session-0.jsonl`, label: "claude-code/session-0.jsonl" },
  ])("takes $named for a root and still knows the project", async ({ named, label }) => {
    const folder = await home({ claude: ["one-call"] });
    const options = testOptions(workspace, { inputs: [join(folder, named)] });
    const { rows } = await collectAll(options, testContext("/nowhere"));

    expect(rows).toMatchObject([{ file: label, event: { tenant: "project-278534778aaf" } }]);
  });

  it("leaves a configuration folder's other files alone", async () => {
    const folder = await home({ claude: ["one-call"] });
    await writeFile(
      join(folder, ".claude", "history.jsonl"),
      '{"type":"user","sessionId":"s","message":{}}\n',
    );
    const options = testOptions(workspace, { inputs: [join(folder, ".claude")] });

    expect(await collector.detect(options, testContext("/nowhere"))).toMatchObject({
      found: true,
      summary: expect.stringMatching(/^1 /),
    });
  });

  it("never takes the workspace's own files for input", async () => {
    const folder = await home({ claude: ["one-call"] });
    await rename(
      join(folder, ".claude/projects", PROJECT, "session-0.jsonl"),
      join(workspace, "events.jsonl"),
    );
    const options = testOptions(workspace, { inputs: [workspace] });

    await expect(collectAll(options, testContext(folder))).rejects.toMatchObject({
      code: "TOP-COLLECT-NONE",
    });
  });

  it("counts a file once when two folders lead to it", async () => {
    const folder = await home({ claude: ["without-ids"] });
    await mkdir(join(folder, ".config"));
    await symlink(join(folder, ".claude"), join(folder, ".config", "claude"));
    const { events } = await collectAll(testOptions(workspace), testContext(folder));

    expect(events).toHaveLength(3);
  });

  it("gives the same rows in the same order each time", async () => {
    const folder = await home({
      claude: ["streamed-message", "broken"],
      codex: ["session", "forked-session"],
    });
    const first = await collectAll(testOptions(workspace), testContext(folder));

    expect(await collectAll(testOptions(workspace), testContext(folder))).toEqual(first);
  });

  it("says where it looked when there is nothing, and how to name a folder", async () => {
    const context = testContext(workspace);

    expect(await collector.detect(testOptions(workspace), context)).toEqual({
      found: false,
      summary:
        "no session files in ~/.pi/agent/sessions, ~/.qwen/projects, ~/.config/claude/projects, ~/.claude/projects, ~/.codex/sessions, ~/.codex/archived_sessions",
    });
    await expect(collectAll(testOptions(workspace), context)).rejects.toMatchObject({
      code: "TOP-COLLECT-NONE",
      found: expect.stringContaining("~/.claude/projects"),
      fix: expect.stringContaining("--input-dir"),
    });
  });

  it("refuses a named folder that is not there", async () => {
    const options = testOptions(workspace, { inputs: [join(workspace, "absent")] });

    await expect(collectAll(options, testContext(workspace))).rejects.toMatchObject({
      code: "TOP-COLLECT-INPUT",
      exitCode: 2,
    });
  });

  it("reports a file that vanished between listing and reading, and reads the others", async () => {
    const folder = await home({ claude: ["one-call", "subagent-progress"] });
    const context = testContext(folder);
    // The first progress report comes after all files were listed and before the first is opened.
    let removed: Promise<void> | null = null;
    const batches = collector.read(testOptions(workspace), {
      ...context,
      log: {
        ...context.log,
        progress: () => {
          removed ??= rename(
            join(folder, ".claude/projects", PROJECT, "session-1.jsonl"),
            join(folder, "gone"),
          );
        },
      },
    });
    const rows = [];
    for await (const batch of batches) if (batch.kind === "rows") rows.push(...batch.rows);
    await removed;

    expect(rows).toMatchObject([
      { problem: { code: "unreadable_file", message: "cannot be read (ENOENT)." } },
      { event: { id: "msg_01:req_01" } },
    ]);
  });

  it("stops when the user does", async () => {
    const folder = await home({ claude: ["one-call"] });
    const signal = AbortSignal.abort();

    await expect(collectAll(testOptions(workspace), { ...testContext(folder), signal })).rejects.toThrow(
      /abort/i,
    );
  });

  it("explains each folder, each field, and that messages stay where they are", async () => {
    const folder = await home({ claude: ["one-call"] });
    const lines = await collector.explain(testOptions(workspace), testContext(folder));

    expect(lines).toContain("reads ~/.claude/projects/**/*.jsonl (Claude Code; 1 file(s) there now)");
    expect(lines.join("\n")).toContain("message.usage: input_tokens, output_tokens, cache_read_input_tokens");
    expect(lines.join("\n")).toContain("No message text is read into an event, written or sent.");
  });
});
