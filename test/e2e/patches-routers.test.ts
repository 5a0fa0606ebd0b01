import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePatches } from "../../src/patches/index.js";
import {
  evaluationFixture,
  type FixtureNames,
  hostileNames,
  plainNames,
  planFixture,
} from "../support/workload-fixture.js";

const semanticRouter = process.env.TOKENOP_SEMANTIC_ROUTER_PYTHON ?? "";
const gptcache = process.env.TOKENOP_GPTCACHE_PYTHON ?? "";
const redis = process.env.REDIS_BIN ?? "";
const aiSdk = process.env.TOKENOP_AI_SDK ?? "";

/** Writes one emitted file, as `tokenop report` would, and gives its path. */
async function emitted(file: string, names: FixtureNames = plainNames): Promise<string> {
  const evaluation = evaluationFixture(names);
  const certified = new Set(evaluation.certified!.actions);
  const patches = await writePatches({ plan: planFixture(names), evaluation, certified, simulated: false });
  const path = join(await mkdtemp(join(tmpdir(), "tokenop-patch-")), file);
  await writeFile(path, patches.find((patch) => patch.file === file)!.text);
  return path;
}

describe.skipIf(semanticRouter === "")("semantic-router.yaml, in vLLM's semantic router", () => {
  const validated = (path: string) =>
    spawnSync(join(dirname(semanticRouter), "vllm-sr"), ["config", "validate", "--config", path], {
      encoding: "utf8",
    });

  it.each([
    ["plain", plainNames],
    ["hostile", hostileNames],
  ])("is valid with %s names", async (_, names) => {
    const { status, stdout, stderr } = validated(await emitted("semantic-router.yaml", names));
    expect(`${stdout}${stderr}`).toContain("Configuration is valid");
    expect(status).toBe(0);
  });

  it("would be refused with a field that does not exist", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "tokenop-patch-")), "wrong.yaml");
    await writeFile(path, "version: v0.3\nnope: 1\n");
    expect(validated(path).status).not.toBe(0);
  });
});

describe.skipIf(gptcache === "")("gptcache_exact.py, in GPTCache", () => {
  it.each([
    ["plain", plainNames],
    ["hostile", hostileNames],
  ])(
    "answers the very same request of the same tenant within the lifetime, and nothing else (%s names)",
    async (_, names) => {
      const path = await emitted("gptcache_exact.py", names);
      const check = new URL("patches/gptcache_check.py", import.meta.url).pathname;
      const output = execFileSync(gptcache, [check, path, names.clusters[0]], {
        encoding: "utf8",
        cwd: dirname(path),
      });
      expect(JSON.parse(output.slice(output.lastIndexOf("{")))).toEqual({
        asked: [
          "first",
          "other text",
          "other tenant",
          "too late",
          "not fixed",
          "no temperature",
          "not listed",
        ],
        answers: [
          "first",
          "first",
          "other text",
          "other tenant",
          "too late",
          "not fixed",
          "no temperature",
          "not listed",
        ],
      });
    },
  );
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

describe.skipIf(redis === "")("redis-cache.conf, in Redis", () => {
  let server: ChildProcess;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const path = await emitted("redis-cache.conf");
    server = spawn(redis, [path, "--port", `${port}`, "--bind", "127.0.0.1", "--requirepass", "local"], {
      stdio: "ignore",
      cwd: dirname(path),
    });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if ((await ask(["PING"]).catch(() => "")).includes("PONG")) return;
      await wait(100);
    }
    throw new Error("Redis did not start with the emitted configuration");
  });
  afterAll(() => {
    server?.kill();
  });

  /** One command behind the password; the raw answer. */
  const ask = (command: readonly string[]): Promise<string> =>
    new Promise((done, fail) => {
      const socket = createConnection(port, "127.0.0.1");
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("error", fail);
      socket.on("close", () => done(answer));
      socket.end(`AUTH local\r\n${command.join(" ")}\r\nQUIT\r\n`);
    });

  it.each([
    ["maxmemory", "1073741824"],
    ["maxmemory-policy", "volatile-ttl"],
    ["appendonly", "no"],
    ["save", ""],
  ])("holds %s at %s", async (name, value) => {
    const lines = (await ask(["CONFIG", "GET", name])).split("\r\n");
    expect(lines[lines.indexOf(name) + 2]).toBe(value);
  });

  it("forgets what has lived its time", async () => {
    await ask(["SET", "k", "v", "PX", "50"]);
    await wait(200);
    expect(await ask(["GET", "k"])).toContain("$-1");
  });
});

describe.skipIf(aiSdk === "")("model-routes.mjs, with the AI SDK", () => {
  const asked: string[] = [];
  let upstream: Server;
  beforeAll(async () => {
    upstream = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const { model } = JSON.parse(body) as { model: string };
        asked.push(model);
        response.setHeader("content-type", "application/json");
        const message = { role: "assistant", content: model };
        response.end(
          JSON.stringify({
            ...{ id: "x", object: "chat.completion", created: 0, model },
            choices: [{ index: 0, finish_reason: "stop", message }],
            usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
          }),
        );
      });
    });
    await new Promise<void>((done) => upstream.listen(0, "127.0.0.1", () => done()));
  });
  afterAll(() => {
    upstream?.close();
  });

  it("sends each call to the model that its route draws", async () => {
    const routes = await emitted("model-routes.mjs");
    const script = join(aiSdk, "routes.mjs");
    await writeFile(
      script,
      `import { generateText } from "ai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { routeFor } from ${JSON.stringify(routes)};
const baseURL = process.argv[2];
for (const draw of [0, 0.05, 0.5, 0.99]) {
  const { provider, model } = routeFor("summarize", draw);
  const own = createOpenAICompatible({ name: provider, baseURL });
  const { text } = await generateText({ model: own(model), prompt: "hello" });
  console.log(text);
}
`,
    );
    const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
    const child = spawn(process.execPath, [script, base], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    expect(await new Promise((done) => child.on("close", done))).toBe(0);

    expect(said.trim().split("\n")).toEqual(["gpt-4.1-mini", "gpt-4.1-mini", "gpt-4.1", "gpt-4.1"]);
    expect(asked).toEqual(["gpt-4.1-mini", "gpt-4.1-mini", "gpt-4.1", "gpt-4.1"]);
  });
});
