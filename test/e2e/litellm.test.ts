import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePatches } from "../../src/patches/index.js";
import { evaluationFixture, planFixture } from "../support/workload-fixture.js";

const MASTER_KEY = "sk-local-test";
const CALLS = 120;

/** An OpenAI-compatible upstream on this machine that answers with the model it was asked for. */
function startUpstream(asked: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { model } = JSON.parse(body) as { model: string };
      asked.push(model);
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          id: "x",
          object: "chat.completion",
          created: 0,
          model,
          choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: model } }],
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        }),
      );
    });
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

describe("the emitted LiteLLM configuration, in a real proxy", () => {
  const asked: string[] = [];
  let upstream: Server;
  let proxy: ChildProcess;
  let base: string;

  beforeAll(async () => {
    const evaluation = evaluationFixture();
    const certified = new Set(evaluation.certified!.actions);
    const patches = await writePatches({ plan: planFixture(), evaluation, certified, simulated: false });
    const config = join(await mkdtemp(join(tmpdir(), "tokenop-litellm-")), "litellm-config.yaml");
    await writeFile(config, patches.find(({ file }) => file === "litellm-config.yaml")!.text);

    upstream = await startUpstream(asked);
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    proxy = spawn(
      process.env.LITELLM_BIN!,
      ["--config", config, "--host", "127.0.0.1", "--port", `${port}`],
      {
        stdio: "ignore",
        env: {
          ...process.env,
          LITELLM_MASTER_KEY: MASTER_KEY,
          OPENAI_API_KEY: "not-a-key",
          OPENAI_API_BASE: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`,
          OPENAI_BASE_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`,
          LITELLM_LOCAL_MODEL_COST_MAP: "True",
          LITELLM_TELEMETRY: "False",
        },
      },
    );
    for (let attempt = 0; attempt < 240; attempt += 1) {
      const alive = await fetch(`${base}/health/liveliness`).then(
        (response) => response.ok,
        () => false,
      );
      if (alive) return;
      await wait(500);
    }
    throw new Error("the proxy did not start with the emitted configuration");
  });

  afterAll(() => {
    proxy?.kill("SIGKILL");
    upstream?.closeAllConnections();
    upstream?.close();
  });

  const complete = (model: string, more: object = {}): Promise<Response> =>
    fetch(`${base}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${MASTER_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        model,
        temperature: 0,
        messages: [{ role: "user", content: `${Math.random()}` }],
        ...more,
      }),
    });

  it("answers calls to a cluster's alias from candidate and baseline, by the canary's weights", async () => {
    for (let call = 0; call < CALLS; call += 1) {
      const response = await complete("summarize");
      expect(response.status).toBe(200);
    }
    expect(new Set(asked)).toEqual(new Set(["gpt-4.1", "gpt-4.1-mini"]));
    const share = asked.filter((model) => model === "gpt-4.1-mini").length / asked.length;
    // Ten of a hundred by weight; with 120 draws, none and more than 36 are each rarer than one in 100,000.
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.3);
  });

  it("leaves calls to the baseline's own name alone", async () => {
    asked.length = 0;
    expect((await complete("gpt-4.1")).status).toBe(200);
    expect(asked).toEqual(["gpt-4.1"]);
  });

  it("serves from the cache only the calls that ask for it, of one tenant, and only the very same request", async () => {
    const messages = [{ role: "user", content: "what is the return policy?" }];
    const of = (namespace: string) => ({ messages, cache: { "use-cache": true, namespace, ttl: 3_600 } });
    const countOf = async (calls: readonly object[]): Promise<number> => {
      asked.length = 0;
      for (const call of calls) expect((await complete("gpt-4.1", call)).status).toBe(200);
      return asked.length;
    };

    expect(await countOf([of("acme"), of("acme"), of("acme")])).toBe(1);
    expect(await countOf([of("globex"), of("globex")])).toBe(1);
    expect(await countOf([{ messages }, { messages }])).toBe(2);
    expect(await countOf([{ ...of("acme"), messages: [...messages, ...messages] }])).toBe(1);
  });

  it("refuses a name that was never certified", async () => {
    expect((await complete("gpt-4.1-nano")).ok).toBe(false);
  });
});
