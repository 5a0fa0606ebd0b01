import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { homeWith } from "../support/agent-home.js";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { allText, asJsonl, layOut, logged } from "../support/logs.js";
import { schemaProblems } from "../support/session.js";

// The fixtures' prompts all hold this text.
const PROMPT = "canary prompt text that must stay here";

describe("a first run on a laptop", () => {
  it("finds the logs of coding agents without a flag, then profiles and plans them", async () => {
    const home = await homeWith({ claude: ["one-call"], codex: ["session"] });
    const cwd = join(home, "project");
    await mkdir(cwd);
    const run = (...args: readonly string[]) => tokenop(args, { cwd, env: { HOME: home } });

    const discovered = await run("discover", "--json");
    expect(discovered.code, discovered.stderr).toBe(0);
    // One Claude Code call; three Codex calls, one of which the log repeats.
    expect(discovered.json()).toMatchObject({ valid: 4, rejected: 0 });
    expect(await schemaProblems("discover", discovered.json())).toEqual([]);

    const profiled = await run("profile", "--json");
    expect(profiled.code, profiled.stderr).toBe(0);
    // Claude: 12 fresh + 900 written + 18,000 cached. Codex, whose totals include the cached: 4,000.
    expect(profiled.json()).toMatchObject({
      totals: { events: 4, input_tokens: 22_912, output_tokens: 640, billed_cost_usd: 0 },
      latency_ms: null,
    });
    expect(await schemaProblems("profile", profiled.json())).toEqual([]);

    const planned = await run("plan", "--json");
    expect(planned.code, planned.stderr).toBe(0);
    expect(await schemaProblems("plan", planned.json())).toEqual([]);

    const said = [discovered, profiled, planned].map(({ stdout, stderr }) => stdout + stderr).join("\n");
    expect(said + (await allText(cwd))).not.toContain(PROMPT);
  });

  it("says what it found, what it skipped, and what comes next", async () => {
    const home = await homeWith({ claude: ["one-call"] });
    const cwd = join(home, "project");
    await mkdir(cwd);
    const { code, stdout, stderr } = await tokenop(["discover"], { cwd, env: { HOME: home } });

    expect(code).toBe(0);
    expect(stdout).toContain("1 event from 1 file: 1 read = 1 valid + 0 rejected + 0 duplicate.");
    expect(stdout).toMatch(/^Skipped files, .*: nothing found$/m);
    expect(stderr).toContain("wrote");
    expect(stderr).toContain("tokenop profile");
    const found = await readFile(join(cwd, "discovered.yaml"), "utf8");
    expect(found).toContain("latency_ms");
  });

  it("takes exports in the folder along with the agents' logs", async () => {
    const home = await homeWith({ claude: ["one-call"] });
    const cwd = await layOut(join(home, "project"), { "export.jsonl": asJsonl([logged("a"), logged("b")]) });
    const { code, json } = await tokenop(["discover", "--json"], { cwd, env: { HOME: home } });

    expect(code).toBe(0);
    expect(json()).toMatchObject({ valid: 3 });
  });

  it("in an empty home ends with code 2, says where it looked, and makes nothing", async () => {
    const cwd = await temporaryFolder();
    const { code, stdout, stderr } = await tokenop(["discover", "--json"], { cwd });

    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("TOP-COLLECT-NONE");
    expect(stderr).toContain("~/.claude/projects");
    expect(stderr).toContain("tokenop discover --input-dir <folder>");
    expect(await readdir(cwd)).toEqual([]);
  });

  it("finds nothing usable in sessions without usage, and says so", async () => {
    const home = await homeWith({ claude: ["no-usage"] });
    const { code, json, stderr } = await tokenop(["discover", "--json"], {
      cwd: await temporaryFolder(),
      env: { HOME: home },
    });

    expect(code).toBe(2);
    expect(json()).toMatchObject({ read: 0, valid: 0, rejected: 0 });
    expect(stderr).toContain("TOP-INPUT-EMPTY");
  });
});

describe("--explain", () => {
  it("lists what would be read and makes nothing", async () => {
    const home = await homeWith({ claude: ["one-call"], codex: ["session"] });
    const cwd = await layOut(join(home, "project"), { "export.jsonl": asJsonl([logged("a")]) });
    const { code, stdout } = await tokenop(["discover", "--explain"], {
      cwd,
      env: { HOME: home },
    });

    expect(code).toBe(0);
    expect(stdout).toContain("export.jsonl (jsonl, ");
    expect(stdout).toContain("~/.claude/projects/**/*.jsonl (Claude Code; 1 file(s) there now)");
    expect(stdout).toContain("~/.codex/sessions/**/*.jsonl (Codex; 1 file(s) there now)");
    expect(stdout).toContain("leaves latency_ms empty");
    expect(await readdir(cwd)).toEqual(["export.jsonl"]);
  });
});
