import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createRandom } from "../../src/shared/random.js";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { startTokenop, until } from "../support/cli-process.js";
import { echoPrompts, mostOften, sampleOf } from "../support/echo-provider.js";
import { FAULTS, type FaultyProvider, startFaultyProvider } from "../support/faulty-provider.js";
import { type RunJson, readEvaluation, writeLines } from "../support/session.js";

const SAMPLES = 60;
const CALLS = 2 * SAMPLES;
const CONCURRENCY = 6;
const KILLS = 20;
const env = { OPENAI_API_KEY: "sk-local-0123456789abcdef" };

const providers: FaultyProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.close();
});

async function startProvider(chance: number): Promise<FaultyProvider> {
  const provider = await startFaultyProvider({ seed: 11, chance });
  providers.push(provider);
  return provider;
}

async function workspace(): Promise<string> {
  const dir = await temporaryFolder();
  await writeLines(dir, "prompts.jsonl", echoPrompts(SAMPLES));
  return dir;
}

const flagsFor = ({ url, host }: FaultyProvider): string[] => [
  "run",
  ...["--input", "prompts.jsonl", "--candidates", "gpt-4o-mini", "--population", "samples"],
  ...["--base-url", `${url}/v1`, "--yes-send-to", host],
  ...["--concurrency", `${CONCURRENCY}`, "--budget", "100", "--json"],
];

/** `model sample` of every answer that the journal of a workspace holds. */
async function journalled(dir: string): Promise<string[]> {
  const folder = join(dir, ".tokenop", "journal");
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .join("")
    .split("\n")
    .filter((line) => line.startsWith('{"kind":"answer"') && line.endsWith("}"))
    .map((line) => JSON.parse(line) as { sample_id: string; model: string; answer: { status: string } })
    .filter(({ answer }) => answer.status === "ok")
    .map(({ sample_id, model }) => `${model} ${sample_id.slice(1)}`);
}

/** What was decided, without what the clock measured and without money, which broken attempts may have cost. */
async function decided(dir: string): Promise<unknown> {
  const { spent_usd, spent_tokens, paid_calls, ...rest } = await readEvaluation(dir, {
    withoutLatency: true,
  });
  return { ...rest, spent: [spent_usd, spent_tokens, paid_calls].map((amount) => typeof amount) };
}

async function calmRun(): Promise<{ readonly decided: unknown; readonly spentUsd: number }> {
  const dir = await workspace();
  const result = await tokenop(flagsFor(await startProvider(0)), { cwd: dir, env });
  expect(result.code).toBe(0);
  return { decided: await decided(dir), spentUsd: result.json<RunJson>().spent_usd };
}

describe("a provider that resets, limits, fails, breaks off and talks nonsense", () => {
  it("costs no sample and no second answer, and the evaluation is that of a calm day", async () => {
    const dir = await workspace();
    const provider = await startProvider(0.5);
    const result = await tokenop(flagsFor(provider), { cwd: dir, env });
    expect(result.code).toBe(0);
    expect([...provider.faults.keys()].sort()).toEqual([...FAULTS].sort());
    expect(result.json<RunJson>()).toMatchObject({
      complete: true,
      paid_calls: CALLS,
      decisions: [{ n: SAMPLES, missing: 0, baseline_score: 1, candidate_score: 1 }],
    });
    expect(provider.answered).toHaveLength(CALLS);
    expect(mostOften(provider.answered)).toBe(1);

    const calm = await calmRun();
    expect(await decided(dir)).toEqual(calm.decided);
    // Answers that broke off may have been billed.
    expect(result.json<RunJson>().spent_usd).toBeGreaterThan(calm.spentUsd);
  });

  it("and kills at random moments lose nothing that was written down, and change nothing", async () => {
    const dir = await workspace();
    const provider = await startProvider(0.3);
    const random = createRandom(5);
    let kept: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = provider.received.length;
      const resume = kill === 0 ? [] : ["--resume"];
      const { child, ended } = startTokenop([...flagsFor(provider), ...resume], { cwd: dir, env });
      const enough = kept.length + 1 + random.integer(CALLS / (KILLS + 2));
      await until(async () => (await journalled(dir)).length >= enough);
      child.kill("SIGKILL");
      expect(await ended).toBe("SIGKILL");
      expect(askedSince(provider, before).filter((call) => kept.includes(call))).toEqual([]);
      kept = await journalled(dir);
    }
    expect(kept.length).toBeLessThan(CALLS);

    const before = provider.received.length;
    const resumed = await tokenop([...flagsFor(provider), "--resume"], { cwd: dir, env });
    expect(resumed.code).toBe(0);
    expect(askedSince(provider, before).filter((call) => kept.includes(call))).toEqual([]);
    // Only what was under way at a kill, and written down nowhere, can have been answered again.
    expect(new Set(provider.answered).size).toBe(CALLS);
    expect(provider.answered.length - CALLS).toBeLessThanOrEqual(KILLS * CONCURRENCY);
    expect(await decided(dir)).toEqual((await calmRun()).decided);
    // Each of so many processes takes its second to start.
  }, 240_000);
});

const askedSince = (provider: FaultyProvider, before: number): string[] =>
  provider.received.slice(before).map((request) => `${request.body.model} ${sampleOf(request)}`);
