import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { failure, type Received } from "../../src/run/fixtures/provider-server.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import {
  type EchoOptions,
  type EchoProvider,
  echoPrompts,
  mostOften,
  startEchoProvider,
} from "../support/echo-provider.js";
import { type RunJson, readEvaluation, schemaProblems, writeLines } from "../support/session.js";

const KEY = "sk-local-canary-0123456789abcdef";
const env = { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: KEY };

const providers: EchoProvider[] = [];

afterEach(() => {
  for (const provider of providers.splice(0)) provider.close();
});

async function startProvider(options: EchoOptions = {}): Promise<EchoProvider> {
  const provider = await startEchoProvider(options);
  providers.push(provider);
  return provider;
}

async function workspaceWith(prompts: readonly unknown[]): Promise<string> {
  const dir = await temporaryFolder();
  await writeLines(dir, "prompts.jsonl", prompts);
  return dir;
}

const ask = (dir: string, provider: EchoProvider, ...flags: string[]): Promise<CliResult> =>
  tokenop(
    [
      ...["run", "--input", "prompts.jsonl", "--candidates", "gpt-4o-mini", "--population", "samples"],
      ...["--base-url", `${provider.url}/v1`, ...flags],
    ],
    { cwd: dir, env },
  );

/** Every file below a folder, as text. */
async function allFiles(folder: string): Promise<{ path: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (path) => ({ path, text: await readFile(path, "latin1") })));
}

describe("consent", () => {
  it("is asked for by the name of the host, before anything is sent", async () => {
    const provider = await startProvider();
    const dir = await workspaceWith(echoPrompts(5));
    const refused = await ask(dir, provider);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(`no consent for ${provider.host}`);
    expect(refused.stderr).toContain("message text of 5 samples");
    expect(refused.stderr).toContain(`--yes-send-to ${provider.host}`);
    const elsewhere = await ask(dir, provider, "--yes-send-to", "api.openai.com");
    expect(elsewhere.code).toBe(2);
    expect(provider.received).toHaveLength(0);
  });

  it("for a host lets the run through, and sends messages without references", async () => {
    const provider = await startProvider();
    const dir = await workspaceWith(echoPrompts(5, { reference: "a-reference-answer" }));
    const result = await ask(dir, provider, "--yes-send-to", provider.host, "--json");
    expect(await schemaProblems("run", result.json())).toEqual([]);
    expect(provider.received).toHaveLength(10);
    expect(JSON.stringify(provider.received)).not.toContain("a-reference-answer");
    expect(provider.received[0]!.body.messages).toMatchObject([{ role: "system" }, { role: "user" }]);
  });
});

describe("a live run", () => {
  it("compares the model recorded on each prompt with the candidate, over the OpenAI format", async () => {
    const provider = await startProvider();
    const dir = await workspaceWith(echoPrompts(20));
    const result = await ask(dir, provider, "--yes-send-to", provider.host, "--json");
    expect(result.code).toBe(0);
    expect(result.stderr).not.toContain("Warning");
    expect(result.json<RunJson>()).toMatchObject({
      mode: "live",
      calls: 40,
      paid_calls: 40,
      decisions: [{ baseline: "recorded", candidate: "openai/gpt-4o-mini", verdict: "certified", n: 20 }],
    });
    const models = provider.received.map(({ body }) => `${body.model}`);
    expect([...new Set(models)].sort()).toEqual(["gpt-4o", "gpt-4o-mini"]);
    expect(mostOften(provider.answered)).toBe(1);
    expect(provider.received.every(({ headers }) => headers.authorization === `Bearer ${KEY}`)).toBe(true);
  });

  it("speaks the Anthropic format too, with system prompts where they belong there", async () => {
    const provider = await startProvider();
    const prompts = echoPrompts(20, { model: "claude-sonnet-4-5", provider: "anthropic" });
    const dir = await workspaceWith(prompts);
    const flags = ["--base-url", `anthropic=${provider.url}`, "--yes-send-to", provider.host, "--json"];
    const result = await tokenop(
      [
        ...["run", "--input", "prompts.jsonl", "--candidates", "anthropic/claude-haiku-4-5"],
        ...["--population", "samples", ...flags],
      ],
      { cwd: dir, env },
    );
    expect(result.code).toBe(0);
    expect(result.json<RunJson>().decisions).toMatchObject([{ verdict: "certified", n: 20 }]);
    expect(provider.received).toHaveLength(40);
    expect(provider.received.every(({ path }) => path.endsWith("/v1/messages"))).toBe(true);
    expect(provider.received[0]!.body).toMatchObject({
      system: [{ type: "text", text: "Repeat the number." }],
      messages: [{ role: "user" }],
    });
    expect(provider.received[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
  });

  it("waits and asks again where the provider says slower, and counts one call", async () => {
    const limited = (_: Received, earlier: number) => (earlier < 3 ? failure(429) : null);
    const provider = await startProvider({ instead: limited });
    const dir = await workspaceWith(echoPrompts(6));
    const result = await ask(dir, provider, "--yes-send-to", provider.host, "--json");
    expect(result.code).toBe(0);
    expect(provider.received).toHaveLength(15);
    expect(result.json<RunJson>()).toMatchObject({ paid_calls: 12, decisions: [{ n: 6, missing: 0 }] });
  });

  it("says which host refuses the key, without the key, and ends with 5", async () => {
    const provider = await startProvider({ instead: () => failure(401, `Incorrect API key: ${KEY}`) });
    const dir = await workspaceWith(echoPrompts(6));
    const result = await ask(dir, provider, "--yes-send-to", provider.host, "--concurrency", "1");
    expect(result.code).toBe(5);
    expect(result.stderr).toContain(provider.host);
    expect(result.stderr).toContain("401");
    expect(result.stderr).not.toContain(KEY);
    expect(provider.received).toHaveLength(1);
  });

  it("repeats an equal run from the response cache, without a request", async () => {
    const provider = await startProvider();
    const dir = await workspaceWith(echoPrompts(10));
    const first = await ask(dir, provider, "--yes-send-to", provider.host, "--json");
    const before = await readEvaluation(dir);
    expect(provider.received).toHaveLength(20);
    const second = await ask(dir, provider, "--yes-send-to", provider.host, "--json");
    expect(provider.received).toHaveLength(20);
    expect(second.json<RunJson>()).toMatchObject({ paid_calls: 0, spent_usd: 0, calls: 20 });
    expect(second.json<RunJson>().decisions).toEqual(first.json<RunJson>().decisions);
    expect((await readEvaluation(dir)).decisions).toEqual(before.decisions);
  });

  it("never writes or prints the key", async () => {
    const provider = await startProvider({
      instead: (_, earlier) => (earlier === 1 ? failure(500, KEY) : null),
    });
    const dir = await workspaceWith(echoPrompts(10));
    const result = await ask(dir, provider, "--yes-send-to", provider.host);
    expect(result.code).toBe(0);
    expect(result.stdout + result.stderr).not.toContain(KEY);
    const files = await allFiles(dir);
    expect(files.map(({ path }) => path)).toContain(join(dir, "evaluation.yaml"));
    expect(files.filter(({ text }) => text.includes(KEY))).toEqual([]);
  });
});

describe("a budget", () => {
  it("stops the run before it could be passed, and ends with 4", async () => {
    const provider = await startProvider();
    const dir = await workspaceWith(echoPrompts(40));
    // At gpt-4o's list price a call is reserved at about four cents and costs 0.045 cents.
    const budget = 0.05;
    const flags = ["--yes-send-to", provider.host, "--budget", `${budget}`, "--json"];
    const result = await ask(dir, provider, ...flags);
    expect(result.code).toBe(4);
    const { spent_usd, stopped, complete, calls_fixed_design } = result.json<RunJson>();
    expect({ stopped, complete, calls_fixed_design }).toEqual({
      stopped: "budget",
      complete: false,
      calls_fixed_design: 80,
    });
    expect(spent_usd).toBeGreaterThan(0);
    expect(spent_usd).toBeLessThanOrEqual(budget);
    expect(provider.received.length).toBeGreaterThan(0);
    expect(provider.received.length).toBeLessThan(80);
  });
});

describe("the first hour", () => {
  it("without a key names cheaper models, marks them uncertified, and says what proof takes", async () => {
    const dir = await workspaceWith(echoPrompts(12));
    const text = await tokenop(["run", "--input", "prompts.jsonl"], { cwd: dir });
    expect(text.code).toBe(4);
    expect(text.stdout).toContain("UNCERTIFIED");
    expect(text.stdout).toMatch(/openai\/gpt-4o -> openai\/\S+: USD [\d.]+, [\d.]+ %/);
    expect(text.stdout).toContain("OPENAI_API_KEY");
    expect(text.stdout).toMatch(/12 samples on file, at least \d+ needed/);
    expect(text.stdout).toMatch(/\d+ calls, about USD/);
    const json = await tokenop(["run", "--input", "prompts.jsonl", "--json"], { cwd: dir });
    expect(json.code).toBe(4);
    expect(await schemaProblems("run", json.json())).toEqual([]);
    const { what_if_uncertified, decisions, estimate } = json.json<RunJson>();
    expect(decisions).toEqual([]);
    expect(what_if_uncertified!.length).toBeGreaterThan(0);
    expect(what_if_uncertified!.every(({ baseline }) => baseline === "openai/gpt-4o")).toBe(true);
    expect(estimate!.questions.length).toBeGreaterThan(0);
  });

  it("with a key tests cheaper models against the one recorded on each prompt", async () => {
    const provider = await startProvider();
    const dir = await workspaceWith(echoPrompts(8));
    const flags = ["--base-url", `${provider.url}/v1`, "--yes-send-to", provider.host, "--json"];
    const result = await tokenop(["run", "--input", "prompts.jsonl", ...flags], { cwd: dir, env });
    // Eight pairs cannot carry a claim about traffic.
    expect(result.code).toBe(4);
    const { decisions } = result.json<RunJson>();
    expect(decisions.length).toBeGreaterThan(0);
    for (const decision of decisions) {
      expect(decision).toMatchObject({ baseline: "recorded", verdict: "inconclusive", n: 8 });
      expect(decision.samples_needed).toBeGreaterThan(0);
    }
    expect(provider.received).toHaveLength(8 * (1 + decisions.length));
  });

  it("refuses prompts that name no model, before any candidate is paid", async () => {
    const provider = await startProvider();
    const dir = await workspaceWith(echoPrompts(8, { model: undefined }));
    const result = await ask(dir, provider, "--yes-send-to", provider.host);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("TOP-RUN-BASELINE");
    expect(provider.received).toHaveLength(0);
  });
});
