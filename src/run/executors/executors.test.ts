import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ModelCall, RUN_MODES } from "../contract.js";
import { grade } from "../fixtures/grade.js";
import { AT, priceBook, sample, samples, temporaryFile } from "../fixtures/setup.js";
import { readRecordings } from "../inputs/recordings.js";
import { createPricer } from "./pricer.js";
import { EXECUTORS } from "./registry.js";
import { createReplayExecutor } from "./replay.js";
import { createSimulateExecutor, readSimulatedModels, WRONG_ANSWER } from "./simulate.js";

const pricer = createPricer(priceBook(), AT);
const running = new AbortController().signal;

const callFor = (index: number, model: string, provider = ""): ModelCall => {
  const { id: sampleId, cluster, messages, maxTokens } = sample(index, { maxTokens: null });
  return { sampleId, cluster, messages, maxTokens, provider, model };
};

describe("the registry of executors", () => {
  it("describes every mode", () => {
    expect(EXECUTORS.map(({ mode }) => mode)).toEqual([...RUN_MODES]);
  });
});

describe("replay", () => {
  const line = (more: object): string => JSON.stringify({ sample_id: "s0001", model: "base-1", ...more });

  it("gives score, tokens, latency and recorded cost as they stand", async () => {
    const text = line({ score: 0.5, input_tokens: 3, output_tokens: 2, cost_usd: 0.25, latency_ms: 9 });
    const executor = createReplayExecutor(await readRecordings(temporaryFile("r.jsonl", text), 1), pricer);
    const answer = await executor.execute(callFor(1, "base-1"), running);
    expect(answer).toMatchObject({ score: 0.5, inputTokens: 3, outputTokens: 2, latencyMs: 9, status: "ok" });
    expect(answer.cost).toBe(250_000_000_000n);
  });

  it("prices recorded tokens where no cost was recorded", async () => {
    const text = line({ score: 1, provider: "openai", input_tokens: 3, output_tokens: 2 });
    const executor = createReplayExecutor(await readRecordings(temporaryFile("r.jsonl", text), 1), pricer);
    expect((await executor.execute(callFor(1, "base-1"), running)).cost).toBe(90_000_000n);
  });

  it("says that a call was not recorded, and never pays", async () => {
    const executor = createReplayExecutor(
      await readRecordings(temporaryFile("r.jsonl", line({ score: 1 })), 1),
      null,
    );
    expect(await executor.execute(callFor(2, "base-1"), running)).toMatchObject({
      text: null,
      failure: "not recorded",
    });
    expect(executor.worstCase(callFor(2, "base-1"))).toEqual({ tokens: 0, cost: 0n });
    expect(executor.hosts).toEqual([]);
  });
});

describe("simulation", () => {
  const models = [
    {
      provider: "sim",
      model: "sim-small",
      accuracy: 0.8,
      accuracyByCluster: [{ cluster: "odd", accuracy: 0.2 }],
      outputTokens: 40,
      latencyMs: 500,
    },
  ];
  const simulated = (seed = 1, list = samples(2_000)) =>
    createSimulateExecutor({ models, samples: list, pricer, seed });

  it("answers rightly at the declared accuracy of each cluster", async () => {
    const executor = simulated();
    const right = { even: 0, odd: 0 };
    for (let index = 0; index < 2_000; index += 1) {
      const call = callFor(index, "sim-small");
      const answer = await executor.execute(call, running);
      if (answer.text === `answer ${index}`) right[call.cluster as "even" | "odd"] += 1;
    }
    // Binomial(1000, p): standard deviation 12.6; five of them either way.
    expect(Math.abs(right.even - 800)).toBeLessThan(64);
    expect(Math.abs(right.odd - 200)).toBeLessThan(64);
  });

  it("gives equal answers in every order of calls, and others for another seed", async () => {
    const calls = Array.from({ length: 40 }, (_, index) => callFor(index, "sim-small"));
    const ask = async (list: ModelCall[], seed: number) =>
      new Map(
        await Promise.all(
          list.map(async (call) => [call.sampleId, await simulated(seed).execute(call, running)] as const),
        ),
      );
    const forward = await ask(calls, 1);
    const backward = await ask([...calls].reverse(), 1);
    expect([...backward].reverse()).toEqual([...forward]);
    expect([...(await ask(calls, 2))]).not.toEqual([...forward]);
  });

  it("prices declared tokens from the book and bounds them before", async () => {
    const call = callFor(0, "sim-small");
    const answer = await simulated().execute(call, running);
    // "question 0" is 10 characters: 3 tokens at 1, 40 at 3 USD per million.
    expect(answer).toMatchObject({ inputTokens: 3, outputTokens: 40, cost: 123_000_000n });
    expect(simulated().worstCase(call)).toEqual({ tokens: 43, cost: 123_000_000n });
    expect(answer.latencyMs).toBeGreaterThan(100);
  });

  it("gives wrong answers that every reference grader scores 0", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1 }),
        fc.constantFrom("exact", "contains", "numeric", "label-f1", "rouge-l", "similarity"),
        async (reference, grader) => {
          fc.pre(reference.trim() !== "");
          expect((await grade(grader, WRONG_ANSWER, reference)) ?? 0).toBe(0);
        },
      ),
    );
  });

  it("refuses a model that was not declared", async () => {
    await expect(simulated().execute(callFor(0, "gpt"), running)).rejects.toMatchObject({
      code: "TOP-RUN-SIM-MODEL",
    });
  });

  it("reads the models file and names the line of a mistake", async () => {
    const head = "apiVersion: tokenop/v1\nkind: SimulatedModels\nmodels:\n";
    const good = `${head}  - {provider: sim, model: sim-a, accuracy: 0.9, output_tokens: 3, latency_ms: 5}\n`;
    expect(await readSimulatedModels(temporaryFile("m.yaml", good))).toMatchObject([
      { model: "sim-a", outputTokens: 3 },
    ]);
    const bad = temporaryFile("m.yaml", good.replace("sim-a", "gpt-4o"));
    await expect(readSimulatedModels(bad)).rejects.toMatchObject({ code: "TOP-ARTIFACT-SCHEMA" });
    await expect(readSimulatedModels("/nowhere.yaml")).rejects.toMatchObject({ code: "TOP-RUN-SIM-FILE" });
  });
});

describe("the worst case of a call", () => {
  it("is not below the price of any answer within the limits, for any text", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(500),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (content, maxTokens, share) => {
          const call = { ...callFor(0, "base-1", "openai"), messages: [{ role: "user", content }] };
          const worst = pricer.worstCase(call, maxTokens);
          // No tokenizer makes more tokens than bytes.
          const inputTokens = Buffer.byteLength(content);
          const cachedInputTokens = Math.floor(inputTokens * share);
          const usage = {
            inputTokens,
            cachedInputTokens,
            cacheWriteTokens: 0,
            cacheWrite1hTokens: 0,
            outputTokens: maxTokens,
          };
          expect(pricer.price(call, { ...usage, reasoningTokens: 0 })).toBeLessThanOrEqual(worst.cost!);
          expect(inputTokens + maxTokens).toBeLessThanOrEqual(worst.tokens);
        },
      ),
    );
  });

  it("is unknown for a model without a price", () => {
    expect(pricer.worstCase(callFor(0, "nova-9"), 10).cost).toBeNull();
  });
});
