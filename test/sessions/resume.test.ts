import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { startTokenop, until } from "../support/cli-process.js";
import {
  type EchoProvider,
  echoPrompts,
  mostOften,
  sampleOf,
  startEchoProvider,
} from "../support/echo-provider.js";
import { type RunJson, readEvaluation, schemaProblems, writeLines } from "../support/session.js";

const SAMPLES = 40;
const CALLS = 2 * SAMPLES;
const CONCURRENCY = 4;
const env = { OPENAI_API_KEY: "sk-local-0123456789abcdef" };

let provider: EchoProvider;

beforeEach(async () => {
  provider = await startEchoProvider({ delayMs: 5 });
});

afterEach(() => provider.close());

async function workspace(): Promise<string> {
  const dir = await temporaryFolder();
  await writeLines(dir, "prompts.jsonl", echoPrompts(SAMPLES));
  return dir;
}

const liveFlags = (): string[] => [
  "run",
  ...["--input", "prompts.jsonl", "--candidates", "gpt-4o-mini", "--population", "samples"],
  ...["--base-url", `${provider.url}/v1`, "--yes-send-to", provider.host],
  ...["--concurrency", `${CONCURRENCY}`, "--json"],
];

const runLive = (dir: string, ...flags: string[]): Promise<CliResult> =>
  tokenop([...liveFlags(), ...flags], { cwd: dir, env });

/** Answers that the journal of a workspace holds. */
async function journalled(dir: string): Promise<number> {
  const folder = join(dir, ".tokenop", "journal");
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .join("")
    .split("\n")
    .filter((line) => line.includes('"kind":"answer"')).length;
}

/** What a run that nobody disturbs writes, in a workspace of its own. */
async function undisturbed(): Promise<unknown> {
  const dir = await workspace();
  await runLive(dir);
  return readEvaluation(dir, { withoutLatency: true });
}

const asked = (): string[] =>
  provider.received.map((request) => `${request.body.model} ${sampleOf(request)}`);

describe("a run that is killed", () => {
  it("resumes without asking an answered question again, and ends as if it had never stopped", async () => {
    const dir = await workspace();
    const answers = 31;
    provider.holdAfter(answers);
    const { child, ended } = startTokenop(liveFlags(), { cwd: dir, env });
    await until(async () => (await journalled(dir)) === answers);
    await until(() => provider.received.length === answers + CONCURRENCY);
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");

    provider.release("forget");
    const resumed = await runLive(dir, "--resume");
    expect(resumed.code).toBe(0);
    expect(resumed.json<RunJson>()).toMatchObject({ complete: true, calls: CALLS, paid_calls: CALLS });
    expect(provider.answered).toHaveLength(CALLS);
    expect(mostOften(provider.answered)).toBe(1);
    // Only the calls that were under way at the kill, whose answers nobody holds, were sent twice.
    expect(provider.received).toHaveLength(CALLS + CONCURRENCY);
    expect(mostOften(asked())).toBe(2);

    const after = await readEvaluation(dir, { withoutLatency: true });
    provider.close();
    provider = await startEchoProvider();
    expect(after).toEqual(await undisturbed());
  });
});

describe("a run that is interrupted", () => {
  it("ends with 130 and a usable evaluation, and resumes without asking anything twice", async () => {
    const dir = await workspace();
    provider.holdAfter(20);
    const { child, ended } = startTokenop(liveFlags(), { cwd: dir, env });
    await until(() => provider.received.length === 20 + CONCURRENCY);
    child.kill("SIGINT");
    // The signal has to arrive before the answers that are still open do.
    await sleep(250);
    provider.release("answer");
    expect(await ended).toBe(130);

    const early = await readEvaluation(dir);
    const run = { created_at: "", tokenop_version: "", directory: "" };
    expect(await schemaProblems("evaluation.yaml", { ...early, run })).toEqual([]);
    expect(early).toMatchObject({ complete: false, stopped: "interrupted" });
    expect(early.paid_calls).toBe(provider.answered.length);
    const pairs = early.decisions[0]!.n as number;
    expect(pairs).toBeGreaterThan(0);
    expect(pairs).toBeLessThan(SAMPLES);

    const resumed = await runLive(dir, "--resume");
    expect(resumed.code).toBe(0);
    expect(provider.received).toHaveLength(CALLS);
    expect(mostOften(asked())).toBe(1);
    expect(await readEvaluation(dir, { withoutLatency: true })).toEqual(await undisturbed());
  });
});

describe("--resume", () => {
  it("goes on from a spent budget with a larger one", async () => {
    const dir = await workspace();
    const tight = await runLive(dir, "--max-tokens-total", "9000");
    expect(tight.code).toBe(4);
    expect(tight.json<RunJson>()).toMatchObject({ complete: false, stopped: "tokens" });
    const before = provider.received.length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(CALLS);

    const resumed = await runLive(dir, "--resume", "--max-tokens-total", "10000000");
    expect(resumed.code).toBe(0);
    expect(provider.received).toHaveLength(CALLS);
    expect(mostOften(asked())).toBe(1);
  });

  it("refuses where there is nothing to resume, or where other questions were asked", async () => {
    const dir = await workspace();
    const nothing = await runLive(dir, "--resume");
    expect(nothing).toMatchObject({ code: 2, stdout: "" });
    expect(nothing.stderr).toContain("TOP-RUN-RESUME-NONE");
    expect(provider.received).toHaveLength(0);

    await runLive(dir);
    const other = await runLive(dir, "--resume", "--seed", "9");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("TOP-RUN-RESUME-OTHER");
    expect(provider.received).toHaveLength(CALLS);
  });
});
