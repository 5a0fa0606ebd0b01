import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { echoPrompts, startEchoProvider } from "../support/echo-provider.js";
import { filesBelow, filesWith, modeOf } from "../support/folder-contents.js";
import { writeLines } from "../support/session.js";
import { writeInputs } from "../support/small-workspace.js";

const CANARY = "canary-7f3a-xylophone";
const PLAN_CONTENT = ["prompts.jsonl", "results.jsonl", "samples.jsonl"];
const isContent = (file: string): boolean =>
  PLAN_CONTENT.includes(file) || /^\.tokenop\/(journal|cache)\//.test(file);

/** The canary wherever a careless user could have put text. The log itself lies outside of the workspace. */
async function workspaceWithCanary(): Promise<{ dir: string; logs: string }> {
  const [dir, logs] = [await temporaryFolder(), await temporaryFolder()];
  const unusable = [
    `{"id":"cut","prompt":"${CANARY}`,
    JSON.stringify({ id: "typed", ts: CANARY, model: CANARY, input_tokens: CANARY, output_tokens: 1 }),
    JSON.stringify({ id: "short", ts: "2026-10-01T00:00:00Z", input_tokens: 1, prompt: CANARY }),
  ];
  const options = {
    model: "sim-large",
    extraLines: unusable,
    eventExtras: {
      prompt: CANARY,
      messages: [{ role: "user", content: CANARY }],
      completion: { [CANARY]: CANARY },
      attributes: { note: CANARY, [CANARY]: 1, nested: { text: CANARY }, list: [CANARY], retries: 2 },
    },
    promptExtras: (index: number) => ({
      prompt: undefined,
      messages: [
        { role: "system", content: `${CANARY} system` },
        { role: "user", content: `Sort mail ${index} of ${CANARY}.` },
      ],
      reference: `${CANARY} ${index}`,
      response: `${CANARY} as answered`,
      note: CANARY,
      [CANARY]: true,
    }),
  } as const;
  await writeInputs(logs, options);
  await writeInputs(dir, options);
  return { dir, logs: join(logs, "input") };
}

describe("text in a workspace", () => {
  let dir: string;
  const spoken: CliResult[] = [];

  beforeAll(async () => {
    const made = await workspaceWithCanary();
    dir = made.dir;
    await rm(join(dir, "input"), { recursive: true });
    const stages = [
      ["discover", "--input-dir", made.logs, "--events-format", "jsonl"],
      ["profile"],
      ["plan"],
      ["run", "--mode", "simulate", "--dry-run"],
      ["run", "--mode", "simulate"],
      ["report"],
    ];
    for (const args of stages) {
      for (const json of [[], ["--json"]]) {
        const result = await tokenop([...args, ...json, "--dir", dir], { cwd: dir });
        expect([args.join(" "), result.code, result.stderr]).toEqual([
          args.join(" "),
          expect.toBeOneOf([0, 4]),
          expect.any(String),
        ]);
        spoken.push(result);
      }
    }
    spoken.push(await tokenop(["validate", "--input", made.logs], { cwd: dir }));
    spoken.push(await tokenop(["validate", "--input", made.logs, "--json"], { cwd: dir }));
  }, 180_000);

  it("stays in the files that are meant to hold it", async () => {
    const holding = await filesWith(CANARY, dir);
    expect(holding.filter((file) => !isContent(file))).toEqual([]);
    // The canary did arrive where it belongs, so that the line above says something.
    expect(holding).toEqual(expect.arrayContaining(PLAN_CONTENT));
    expect(holding.some((file) => file.startsWith(".tokenop/journal/"))).toBe(true);
    const written = await filesBelow(dir);
    expect(written).toEqual(
      expect.arrayContaining([".tokenop/events.parquet", "events.jsonl", "rejects.jsonl", "evaluation.yaml"]),
    );
  });

  it("is never printed", () => {
    expect(spoken.length).toBe(14);
    for (const { stdout, stderr } of spoken) expect(stdout + stderr).not.toContain(CANARY);
  });

  it("leaves of free labels only what cannot be text", async () => {
    const [line] = (await readFile(join(dir, "events.jsonl"), "utf8")).split("\n");
    expect(JSON.parse(line!).attributes).toEqual({ retries: 2 });
  });

  it("lies in files and folders that are closed to other users", async () => {
    const files = (await filesBelow(dir)).filter(isContent);
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) expect([file, await modeOf(join(dir, file))]).toEqual([file, 0o600]);
    for (const folder of [".tokenop/journal", ".tokenop/cache"])
      expect([folder, await modeOf(join(dir, folder))]).toEqual([folder, 0o700]);
  });

  it("is ignored by git", async () => {
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: dir, encoding: "utf8" });
    git("init", "--quiet");
    git("add", "--all");
    const tracked = git("ls-files").trimEnd().split("\n");
    expect(tracked).toEqual(expect.arrayContaining([".gitignore", "evaluation.yaml", "plan.yaml"]));
    expect(tracked.filter(isContent)).toEqual([]);
    const ignored = git("status", "--ignored", "--porcelain");
    for (const file of [...PLAN_CONTENT, ".tokenop/"]) expect(ignored).toContain(`!! ${file}`);
    await rm(join(dir, ".git"), { recursive: true });
  });

  it("is gone after a purge, and nothing else is", async () => {
    const before = await filesBelow(dir);
    const purge = await tokenop(["purge", "--dir", dir, "--json"], { cwd: dir });
    expect(purge.code).toBe(0);
    expect(await filesWith(CANARY, dir)).toEqual([]);
    expect(await filesBelow(dir)).toEqual(before.filter((file) => !isContent(file)));
  });
});

describe("words of prompts without an intent", () => {
  it("name a cluster only where several prompts share them", async () => {
    const { dir, logs } = await workspaceWithCanary();
    const rare = ["zyxwvut", "qponmlk"];
    const prompts = Array.from({ length: 60 }, (_, index) => ({
      event_id: `e${index}`,
      prompt: `Translate the letter of ${index < 4 ? rare[index % 2] : "a customer"} into French.`,
    }));
    await writeLines(dir, "prompts.jsonl", prompts);
    await tokenop(["discover", "--input-dir", logs, "--set", "intent=unknown", "--dir", dir], { cwd: dir });
    const profile = await tokenop(["profile", "--cluster-method", "lexical", "--dir", dir], { cwd: dir });
    expect(profile.code).toBe(0);
    const text = await readFile(join(dir, "profile.yaml"), "utf8");
    expect(text).toContain("terms:");
    for (const word of rare) expect(text + profile.stdout + profile.stderr).not.toContain(word);
  });
});

describe("text that a live run sends and gets", () => {
  it("is kept where purge finds it, also answers in the response cache", async () => {
    const dir = await temporaryFolder();
    const provider = await startEchoProvider();
    try {
      await writeLines(dir, "prompts.jsonl", echoPrompts(4, { note: CANARY, reference: CANARY }));
      const flags = ["--candidates", "gpt-4o-mini", "--base-url", provider.url];
      const result = await tokenop(
        ["run", "--input", "prompts.jsonl", ...flags, "--yes-send-to", provider.host],
        { cwd: dir, env: { OPENAI_API_KEY: "sk-local-0123456789abcdef" } },
      );
      expect(result.stdout + result.stderr).not.toContain(CANARY);
      expect(result.stdout + result.stderr).not.toContain("Echo 1.");
    } finally {
      provider.close();
    }
    const answers = (await filesBelow(dir)).filter((file) => file.startsWith(".tokenop/cache/"));
    expect(answers).toHaveLength(8);
    for (const file of answers) {
      expect(await modeOf(join(dir, file))).toBe(0o600);
      expect(await modeOf(join(dir, dirname(file)))).toBe(0o700);
    }
    await tokenop(["purge", "--dir", dir], { cwd: dir });
    expect((await filesBelow(dir)).filter(isContent)).toEqual([]);
  });
});

describe("a line that cannot be used", () => {
  it.each([
    ["prompts", { id: 5, prompt: CANARY }],
    ["prompts", { prompt: CANARY }],
    ["prompts", { id: "a", model: "gpt-4o", prompt: CANARY, max_tokens: CANARY }],
    ["prompts", { id: "a", model: "gpt-4o", prompt: CANARY, grader: { kind: "regex", pattern: CANARY } }],
  ])("of %s is described without its text: %o", async (_, line) => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, "prompts.jsonl"), `${JSON.stringify(line)}\n`);
    const result = await tokenop(["run", "--input", "prompts.jsonl"], { cwd: dir });
    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).not.toContain(CANARY);
  });
});

describe("clusters found in prompts without an intent", () => {
  const TOPICS = ["refund my broken kettle order", "translate this letter into french"];

  async function unlabelled(): Promise<string> {
    const dir = await temporaryFolder();
    const ids = Array.from({ length: 40 }, (_, index) => `call-${index}`);
    await mkdir(join(dir, "input"));
    await writeLines(
      join(dir, "input"),
      "log.jsonl",
      ids.map((id, index) => ({
        id,
        ts: `2026-10-01T00:${String(index).padStart(2, "0")}:00Z`,
        provider: "openai",
        model: "gpt-4o",
        input_tokens: 10,
        output_tokens: 2,
      })),
    );
    await writeLines(
      dir,
      "prompts.jsonl",
      ids.map((id, index) => ({ event_id: id, prompt: `xylophone ${TOPICS[index % 2]} number ${index}` })),
    );
    expect((await tokenop(["discover", "--input-dir", join(dir, "input"), "--dir", dir])).code).toBe(0);
    return dir;
  }

  it("carry no word of a prompt", async () => {
    const dir = await unlabelled();
    const result = await tokenop(["profile", "--dir", dir]);
    expect(result.code).toBe(0);
    const profile = await readFile(join(dir, "profile.yaml"), "utf8");
    expect(profile).toContain("method: lexical");
    for (const word of ["xylophone", "kettle", "french", "refund"]) {
      expect(profile + result.stdout + result.stderr).not.toContain(word);
    }
  });

  it("are named by words of their prompts where the user asks for it", async () => {
    const dir = await unlabelled();
    expect((await tokenop(["profile", "--dir", dir, "--name-clusters"])).code).toBe(0);
    expect(await readFile(join(dir, "profile.yaml"), "utf8")).toMatch(/kettle|french/);
  });
});
