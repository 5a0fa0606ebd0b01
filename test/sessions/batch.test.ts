import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createRandom } from "../../src/shared/random.js";
import {
  type BatchProvider,
  type BatchProviderOptions,
  type Fault,
  startBatchProvider,
} from "../support/batch-provider.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { startTokenop, until } from "../support/cli-process.js";
import { echoPrompts, mostOften } from "../support/echo-provider.js";
import { type RunJson, readEvaluation, schemaProblems, writeLines } from "../support/session.js";

// Several processes a test, each of which looks at its batches once a second or less.
vi.setConfig({ testTimeout: 240_000 });

const SAMPLES = 24;
const CALLS = 2 * SAMPLES;
const KILLS = 10;
const env = { OPENAI_API_KEY: "sk-local-0123456789abcdef", ANTHROPIC_API_KEY: "sk-ant-0123456789abcdef" };

interface BatchJson extends RunJson {
  readonly batches: readonly {
    readonly id: string | null;
    readonly ended: boolean;
    readonly requests: number;
  }[];
  readonly operations: readonly {
    readonly kind: string;
    readonly verdict: string | null;
    readonly explanation: string;
  }[];
}

const SHAPES = [
  {
    shape: "OpenAI's Batch API",
    baseline: "gpt-4o",
    candidate: "gpt-4o-mini",
    create: "POST /v1/batches",
    poll: "GET /v1/batches/:id",
  },
  {
    shape: "Anthropic's Message Batches",
    baseline: "claude-sonnet-4-5",
    candidate: "claude-haiku-4-5",
    create: "POST /v1/messages/batches",
    poll: "GET /v1/messages/batches/:id",
  },
] as const;
type Shape = (typeof SHAPES)[number];
const [OPENAI] = SHAPES;

const providers: BatchProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.close();
});

async function serve(options: BatchProviderOptions = {}): Promise<BatchProvider> {
  const provider = await startBatchProvider(options);
  providers.push(provider);
  return provider;
}

async function workspace(shape: Shape = OPENAI, samples = SAMPLES): Promise<string> {
  const dir = await temporaryFolder();
  await writeLines(dir, "prompts.jsonl", echoPrompts(samples, { model: shape.baseline, max_tokens: 64 }));
  return dir;
}

const flagsFor = ({ url, host }: BatchProvider, shape: Shape = OPENAI): string[] => [
  ...[
    "run",
    "--batch",
    "--input",
    "prompts.jsonl",
    "--candidates",
    shape.candidate,
    "--population",
    "samples",
  ],
  ...["--base-url", shape === OPENAI ? `${url}/v1` : `anthropic=${url}`, "--yes-send-to", host, "--json"],
];

const runBatch = (
  dir: string,
  provider: BatchProvider,
  shape: Shape = OPENAI,
  ...flags: string[]
): Promise<CliResult> => tokenop([...flagsFor(provider, shape), ...flags], { cwd: dir, env });

async function undisturbed(shape: Shape = OPENAI): Promise<Record<string, unknown>> {
  const dir = await workspace(shape);
  const result = await runBatch(dir, await serve(), shape);
  expect(result.code).toBe(0);
  return decided(dir);
}

/** evaluation.yaml without the names and host of batches, which the provider gives. */
async function decided(dir: string): Promise<Record<string, unknown>> {
  const { batches: _, ...rest } = await readEvaluation(dir);
  return rest;
}

const sentTo = (provider: BatchProvider): string[] => provider.batches.flatMap(({ requests }) => requests);

describe.each(SHAPES)("a run through $shape", (shape) => {
  it("asks all calls of a model in one batch, at the batch price, whatever the order of results", async () => {
    const dir = await workspace(shape);
    const provider = await serve();
    const result = await runBatch(dir, provider, shape, "--latency-p95", "1000");
    expect(result).toMatchObject({ code: 0 });
    const json = result.json<BatchJson>();
    expect(json).toMatchObject({
      ...{ complete: true, calls: CALLS, paid_calls: CALLS },
      decisions: [{ n: SAMPLES, missing: 0, baseline_score: 1, candidate_score: 1, verdict: "certified" }],
      batches: [
        { requests: SAMPLES, ended: true },
        { requests: SAMPLES, ended: true },
      ],
    });
    expect(
      provider.batches.map(({ requests }) => new Set(requests.map((one) => one.split(" ")[0])).size),
    ).toEqual([1, 1]);
    expect(mostOften(provider.answered)).toBe(1);

    expect(json.spent_usd).toBeCloseTo(priceCallByCall(provider) / 2, 9);
    const latency = json.operations.find(({ kind }) => kind === "latency_p95")!;
    expect(latency).toMatchObject({ verdict: "inconclusive" });
    expect(latency.explanation).toContain("answers of a batch come when it has ended");
    const run = { created_at: "", tokenop_version: "", directory: "" };
    expect(await schemaProblems("evaluation.yaml", { ...(await readEvaluation(dir)), run })).toEqual([]);

    const again = await runBatch(dir, provider, shape);
    expect(again.json<BatchJson>()).toMatchObject({ paid_calls: 0, spent_usd: 0, batches: [] });
    expect(provider.batches).toHaveLength(2);
  });

  it("asks again what expired or failed, and counts what always fails as failed, with its reason", async () => {
    const dir = await workspace(shape);
    const provider = await serve({
      fateOf: ({ model, sample, batch }) => {
        if (model === shape.candidate && sample === "3") return "expired";
        if (model === shape.candidate && sample === "4") return "refused";
        const isFirst = batch <= 2;
        if (isFirst && sample === "5") return "expired";
        if (isFirst && sample === "6") return "failed";
        return isFirst && sample === "7" ? "missing" : "answered";
      },
    });
    const result = await runBatch(dir, provider, shape);
    expect(result.json<BatchJson>().decisions).toMatchObject([
      { n: SAMPLES, missing: 0, baseline_score: 1, candidate_score: (SAMPLES - 2) / SAMPLES },
    ]);
    const times = (call: string) => sentTo(provider).filter((one) => one === call).length;
    expect([3, 4, 5, 6, 7, 8].map((sample) => times(`${shape.candidate} ${sample}`))).toEqual([
      3, 1, 2, 2, 2, 1,
    ]);
    expect(mostOften(provider.answered)).toBe(1);
    expect(result.json<RunJson>().paid_calls).toBe(CALLS - 2);
    const failures = (await journal(dir)).filter(({ answer }) => answer?.status === "error");
    expect(failures.map(({ answer }) => answer!.failure).sort()).toEqual([
      "HTTP 400 in the batch",
      shape === OPENAI ? "batch_expired in the batch" : "expired in the batch",
    ]);
    expect(result.stderr).not.toContain("Echo");
  });

  it("waits out limits, repeats what is safe to repeat, and sends no batch twice when an answer is lost", async () => {
    const dir = await workspace(shape);
    const met = new Set<string>();
    const provider = await serve({
      fault: ({ route, earlier }) => {
        const meets = (name: string, fault: Fault): Fault => {
          met.add(name);
          return fault;
        };
        if (route === shape.create && earlier === 0) return meets("limit on create", limit);
        // The batch is taken, its name never arrives.
        if (route === shape.create && earlier === 1) return meets("lost name", { cutAfterLines: 0 });
        if (route === shape.poll && earlier === 0) return meets("limit on a look", limit);
        if (route === shape.poll && earlier === 2) return meets("failing look", { status: 503 });
        if (route === "POST /v1/files" && earlier === 0) return meets("failing upload", { status: 500 });
        if (/content|results/.test(route) && earlier < 2)
          return meets("broken download", { cutAfterLines: 5 });
        return null;
      },
    });
    const result = await runBatch(dir, provider, shape);
    expect(result).toMatchObject({ code: 0 });
    expect(met.size).toBe(shape === OPENAI ? 6 : 5);
    expect(provider.batches).toHaveLength(2);
    expect(mostOften(sentTo(provider))).toBe(1);
    expect(await decided(dir)).toEqual(await undisturbed(shape));
  });

  it("takes up its batches after a kill, even one whose name it never learned", async () => {
    const dir = await workspace(shape);
    let isMute = true;
    let isStuck = false;
    const provider = await serve({
      fault: ({ route, earlier }) => {
        if (isStuck && /content|results/.test(route)) return { stuckAfterLines: 7 };
        return isMute && route === shape.create && earlier === 1 ? { isMute } : null;
      },
    });
    provider.hold();
    await killWhen(dir, provider, shape, [], async () => {
      const lines = await journal(dir);
      return provider.batches.length === 2 && lines.some(({ kind }) => kind === "batch_name");
    });
    isMute = false;
    provider.release();

    // A second kill in the middle of a download, with a part of the answers on disk.
    isStuck = true;
    await killWhen(dir, provider, shape, ["--resume"], async () => (await answers(dir)) >= 7);
    expect(await answers(dir)).toBeLessThan(CALLS);
    isStuck = false;
    const resumed = await runBatch(dir, provider, shape, "--resume");
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.json<RunJson>()).toMatchObject({ complete: true, paid_calls: CALLS });
    expect(provider.batches).toHaveLength(2);
    expect(mostOften(sentTo(provider))).toBe(1);
    expect(await decided(dir)).toEqual(await undisturbed(shape));
  });

  it("and kills at random requests neither send a batch twice nor change the evaluation", async () => {
    const dir = await workspace(shape);
    const provider = await serve({ looks: 4 });
    const random = createRandom(`kills ${shape.create}`);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const enough = provider.received.length + 1 + random.integer(4);
      let hasEnded = false;
      const flags = kill === 0 ? [] : ["--resume"];
      const { child, ended } = startTokenop([...flagsFor(provider, shape), ...flags], { cwd: dir, env });
      void ended.then(() => {
        hasEnded = true;
      });
      await until(() => hasEnded || provider.received.length >= enough);
      child.kill("SIGKILL");
      await ended;
    }
    const resumed = await runBatch(dir, provider, shape, "--resume");
    expect(resumed).toMatchObject({ code: 0 });
    expect(mostOften(sentTo(provider))).toBe(1);
    expect(await decided(dir)).toEqual(await undisturbed(shape));
  });

  it("leaves its batches to the provider when interrupted, says which, and collects them with --resume", async () => {
    const dir = await workspace(shape);
    const provider = await serve();
    provider.hold();
    const { child, ended } = startTokenop(flagsFor(provider, shape), { cwd: dir, env });
    await until(async () => (await journal(dir)).filter(({ kind }) => kind === "batch_name").length === 2);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    const early = await readEvaluation(dir);
    expect(early).toMatchObject({ complete: false, stopped: "interrupted", paid_calls: CALLS });
    const said = (early.warnings as string[]).join();
    for (const { id } of provider.batches) expect(said).toContain(`Batch ${id} goes on at 127.0.0.1`);
    expect(early.batches).toMatchObject([{ ended: false }, { ended: false }]);

    provider.release();
    const resumed = await runBatch(dir, provider, shape, "--resume");
    expect(resumed.json<RunJson>()).toMatchObject({ complete: true, paid_calls: CALLS });
    expect(provider.batches).toHaveLength(2);
    expect(await decided(dir)).toEqual(await undisturbed(shape));
  });
});

describe("a batched run", () => {
  it("learns what a model refuses and leaves it out of the next batch", async () => {
    const dir = await workspace();
    const provider = await serve({
      fateOf: ({ model, params }) =>
        model === "gpt-4o-mini" && "temperature" in params ? "no-temperature" : "answered",
    });
    const result = await runBatch(dir, provider);
    expect(result.json<RunJson>()).toMatchObject({ complete: true, paid_calls: CALLS });
    expect(provider.batches).toHaveLength(3);
  });

  it("counts a reply that is no answer as one that may have been billed, and does not ask for it again", async () => {
    const dir = await workspace();
    const provider = await serve({
      fateOf: ({ model, sample }) => (model === "gpt-4o-mini" && sample === "2" ? "malformed" : "answered"),
    });
    const result = await runBatch(dir, provider);
    expect(provider.batches).toHaveLength(2);
    const plain = (await undisturbed()).spent_usd as string;
    expect(result.json<RunJson>().spent_usd).toBeGreaterThan(Number(plain));
  });

  it("stops early between waves, and sends one batch a model in each", async () => {
    const dir = await workspace(OPENAI, 90);
    const flags = [
      "--early-stopping",
      "--batch-samples",
      "15",
      "--population",
      "traffic",
      "--quality-margin",
      "0.05",
    ];
    const provider = await serve({
      fateOf: ({ model, sample }) =>
        model === "gpt-4o-mini" && Number(sample) % 2 === 0 ? "refused" : "answered",
    });
    const result = await runBatch(dir, provider, OPENAI, ...flags);
    expect(result.json<RunJson>()).toMatchObject({ complete: true, decisions: [{ verdict: "rejected" }] });
    expect(provider.batches.length % 2).toBe(0);
    expect(provider.batches.every(({ requests }) => requests.length === 15)).toBe(true);
    expect(provider.batches.length).toBeLessThan(12);
  });

  it("keeps the budget: the worst case of a batch is reserved before it is sent", async () => {
    const dir = await workspace();
    const provider = await serve();
    const result = await runBatch(dir, provider, OPENAI, "--max-tokens-total", "4000");
    expect(result.code).toBe(4);
    const json = result.json<RunJson>();
    expect(json).toMatchObject({ complete: false, stopped: "tokens" });
    expect(json.paid_calls * 120).toBeLessThanOrEqual(4_000);
    expect(json.paid_calls).toBe(provider.answered.length);
    // What did not fit beside the worst case of the first batches went with later ones.
    expect(provider.batches.length).toBeGreaterThan(2);

    const resumed = await runBatch(dir, provider, OPENAI, "--resume", "--max-tokens-total", "1000000");
    expect(resumed.json<RunJson>()).toMatchObject({ complete: true, paid_calls: CALLS });
    expect(mostOften(provider.answered)).toBe(1);
  });

  it("sends half of a batch after the other where the account has no room for all its tokens", async () => {
    const dir = await workspace();
    const provider = await serve({
      endOf: (batch) =>
        batch <= 2 ? { status: "failed", code: "token_limit_exceeded" } : { status: "completed" },
    });
    const result = await runBatch(dir, provider);
    expect(result.json<RunJson>()).toMatchObject({ complete: true, paid_calls: CALLS });
    expect(provider.batches.map(({ requests }) => requests.length)).toEqual([
      ...[SAMPLES, SAMPLES],
      ...Array.from({ length: 4 }, () => SAMPLES / 2),
    ]);
  });

  it.each([
    ["failed", "TOP-RUN-BATCH-FAILED", "invalid_json_line"],
    ["cancelled", "TOP-RUN-BATCH-CANCELLED", undefined],
  ])(
    "ends with code 5 where the whole batch is %s, and goes on with --resume",
    async (status, code, word) => {
      const dir = await workspace();
      let isBad = true;
      const provider = await serve({
        endOf: () =>
          isBad ? { status, ...(word !== undefined && { code: word }) } : { status: "completed" },
        fateOf: ({ sample }) => (isBad && Number(sample) > 3 ? "missing" : "answered"),
      });
      const result = await runBatch(dir, provider);
      expect(result.code).toBe(5);
      expect(result.stderr).toContain(code);
      expect(result.stderr).not.toContain("Echo");
      isBad = false;
      const resumed = await runBatch(dir, provider, OPENAI, "--resume");
      expect(resumed.json<RunJson>()).toMatchObject({ complete: true, paid_calls: CALLS });
      expect(mostOften(provider.answered)).toBe(1);
    },
  );

  it("says so where the server has no batch interface", async () => {
    const dir = await workspace();
    const result = await runBatch(dir, await serve({ fault: () => ({ status: 404 }) }));
    expect(result.code).toBe(5);
    expect(result.stderr).toContain("TOP-RUN-BATCH-NONE");
  });

  it("refuses other modes, hosts without consent, and a resumption call by call", async () => {
    const dir = await workspace();
    const provider = await serve();
    const replay = await tokenop(["run", "--batch", "--mode", "replay"], { cwd: dir, env });
    expect(replay.code).toBe(2);
    expect(replay.stderr).toContain("TOP-RUN-BATCH-MODE");
    const flags = flagsFor(provider).filter((flag) => flag !== "--yes-send-to" && flag !== provider.host);
    expect((await tokenop(flags, { cwd: dir, env })).stderr).toContain("TOP-RUN-CONSENT");
    expect(provider.received).toEqual([]);

    provider.hold();
    await killWhen(dir, provider, OPENAI, [], async () =>
      (await journal(dir)).some(({ kind }) => kind === "batch_name"),
    );
    const single = flagsFor(provider).filter((flag) => flag !== "--batch");
    const resumed = await tokenop([...single, "--resume"], { cwd: dir, env });
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain("TOP-RUN-RESUME-OTHER");
  });

  it("shows batch prices beside the others before anything is sent", async () => {
    const dir = await workspace();
    const provider = await serve();
    const flags = [...flagsFor(provider).filter((flag) => flag !== "--json"), "--dry-run"];
    const text = (await tokenop(flags, { cwd: dir, env })).stdout;
    expect(text).toContain("These are batch prices; call by call it would be");
    const [batch, single] = [...text.matchAll(/at most (?:USD )?\$?([\d.]+)/g)].map(([, amount]) =>
      Number(amount),
    );
    expect(batch! / single!).toBeCloseTo(0.5, 1);
    expect(provider.received).toEqual([]);
  });

  it("names neither prompt nor key in what it says, whatever the provider's errors quote", async () => {
    const dir = await workspace();
    const provider = await serve({
      fault: ({ route, headers }) =>
        route === "POST /v1/batches"
          ? { status: 400, body: { error: { message: `Echo 1. ${headers.authorization}`, code: "Echo 1." } } }
          : null,
    });
    const result = await runBatch(dir, provider);
    expect(result.code).toBe(5);
    expect(result.stderr).toContain("TOP-RUN-BATCH-REFUSED");
    expect(`${result.stdout}${result.stderr}`).not.toMatch(/Echo|sk-local/);
  });
});

const limit = { status: 429, headers: { "retry-after": "1" }, body: { error: { message: "Echo 1." } } };

interface Line {
  readonly kind: string;
  readonly answer?: { readonly status: string; readonly failure: string | null };
}

async function journal(dir: string): Promise<Line[]> {
  const folder = join(dir, ".tokenop", "journal");
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .join("")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Line);
}

const answers = async (dir: string): Promise<number> =>
  (await journal(dir)).filter(({ kind }) => kind === "answer").length;

async function killWhen(
  dir: string,
  provider: BatchProvider,
  shape: Shape,
  flags: readonly string[],
  condition: () => Promise<boolean>,
): Promise<void> {
  const { child, ended } = startTokenop([...flagsFor(provider, shape), ...flags], { cwd: dir, env });
  await until(condition);
  child.kill("SIGKILL");
  await ended;
}

/** USD per million input and output tokens: list prices of November 2026. */
const LIST_PRICES: Readonly<Record<string, readonly [number, number]>> = {
  "gpt-4o": [2.5, 10],
  "gpt-4o-mini": [0.15, 0.6],
  "claude-sonnet-4-5": [3, 15],
  "claude-haiku-4-5": [1, 5],
};

/** What the answers would have cost call by call, at 100 tokens in and 20 out each. */
const priceCallByCall = (provider: BatchProvider): number =>
  provider.answered.reduce((sum, call) => {
    const [input, output] = LIST_PRICES[call.split(" ")[0]!]!;
    return sum + (100 * input + 20 * output) / 1e6;
  }, 0);
