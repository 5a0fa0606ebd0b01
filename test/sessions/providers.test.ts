import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openAiReply } from "../../src/run/fixtures/provider-server.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { type EchoProvider, echoPrompts, sampleOf, startEchoProvider } from "../support/echo-provider.js";
import { type RunJson, readEvaluation, schemaProblems, writeLines } from "../support/session.js";

const providers: EchoProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.close();
});

async function startProvider(...options: Parameters<typeof startEchoProvider>): Promise<EchoProvider> {
  const provider = await startEchoProvider(...options);
  providers.push(provider);
  return provider;
}

const SAMPLES = 12;
const tool = { type: "function", function: { name: "note", parameters: { type: "object" } } };

async function workspace(extras: Record<string, unknown> = {}): Promise<string> {
  const dir = await temporaryFolder();
  await writeLines(dir, "prompts.jsonl", echoPrompts(SAMPLES, extras));
  return dir;
}

const ask = (dir: string, { url, host }: EchoProvider, ...flags: string[]): Promise<CliResult> =>
  tokenop(
    [
      ...["run", "--input", "prompts.jsonl", "--population", "samples", "--json"],
      ...["--baseline", "mine/org/large", "--candidates", "mine/org/small"],
      ...["--provider", `mine=${url}/v1`, "--yes-send-to", host, ...flags],
    ],
    { cwd: dir },
  );

async function results(dir: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(dir, "results.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("a server of one's own", () => {
  it("is run against by --provider, without a key, with a ceiling in tokens for models without a price", async () => {
    const provider = await startProvider();
    const dir = await workspace();
    const refused = await ask(dir, provider);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("TOP-RUN-UNPRICED");
    expect(refused.stderr).toContain("--max-tokens-total");
    expect(provider.received).toHaveLength(0);

    const result = await ask(dir, provider, "--max-tokens-total", "1000000");
    expect(result.code).toBe(0);
    expect(result.json<RunJson>().decisions).toMatchObject([
      { baseline: "mine/org/large", candidate: "mine/org/small", verdict: "certified", n: SAMPLES },
    ]);
    const models = new Set(provider.received.map(({ body }) => body.model));
    expect([...models].sort()).toEqual(["org/large", "org/small"]);
  });

  it("is refused where the address is none", async () => {
    const dir = await workspace();
    const result = await tokenop(
      ["run", "--input", "prompts.jsonl", "--candidates", "mine/m", "--provider", "mine=localhost:8000"],
      { cwd: dir },
    );
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("TOP-RUN-PROVIDER-FLAG");
  });
});

describe("results.jsonl", () => {
  it("has the time to first token of streamed answers", async () => {
    const provider = await startProvider({ delayMs: 5 });
    const dir = await workspace();
    await ask(dir, provider, "--max-tokens-total", "1000000");
    const lines = await results(dir);
    expect(lines).toHaveLength(2 * SAMPLES);
    expect(await schemaProblems("result", lines[0])).toEqual([]);
    for (const line of lines) {
      expect(line.ttft_ms).toBeGreaterThan(0);
      expect(line.ttft_ms).toBeLessThanOrEqual(line.latency_ms as number);
    }
  });

  it("marks answers that the output limit cut, and the evaluation warns how many there were", async () => {
    const isCut = (sample: number): boolean => sample < 3;
    const provider = await startProvider({
      instead: (request) => {
        const said = sampleOf(request);
        if (request.body.model !== "org/small" || !isCut(Number(said))) return null;
        const { body } = openAiReply(said);
        return { body: JSON.parse(JSON.stringify(body).replace('"stop"', '"length"')) };
      },
    });
    const dir = await workspace();
    await ask(dir, provider, "--max-tokens-total", "1000000");
    const cut = (await results(dir)).filter(({ truncated }) => truncated === true);
    expect(cut.map(({ model, sample_id }) => `${model} ${sample_id}`).sort()).toEqual([
      "org/small p0",
      "org/small p1",
      "org/small p2",
    ]);
    expect((await readEvaluation(dir)).warnings).toEqual([
      expect.stringContaining(`mine/org/small: 3 of ${SAMPLES} answers were cut`),
    ]);
  });
});

describe("a prompt's tools and response format", () => {
  it("go along with its messages", async () => {
    const provider = await startProvider();
    const dir = await workspace({ tools: [tool], response_format: { type: "json_object" } });
    const result = await ask(dir, provider, "--max-tokens-total", "1000000");
    expect(result.code).toBe(0);
    for (const { body } of provider.received)
      expect(body).toMatchObject({ tools: [tool], response_format: { type: "json_object" } });
  });
});
