import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Executor, ModelCall } from "./contract.js";
import { type EvaluationInputs, runEvaluation } from "./evaluate.js";
import {
  BASE,
  batchedExecutor,
  evaluationDeps,
  evaluationInputs,
  MINI,
  samples,
  scriptedExecutor,
  temporaryFolder,
  testContext,
} from "./fixtures/setup.js";
import { openJournal } from "./journal/journal.js";

const DEAR = { provider: "openai", model: "dear-1" };
const wrong = (call: ModelCall): boolean =>
  call.model === "mini-1" && Number(call.sampleId.slice(1)) % 7 === 0;
const question = (candidate = MINI) => ({
  ...{ id: candidate.model, baseline: BASE, candidate, scope: "fleet", margin: 0.05 },
});

async function evaluate(
  inputs: EvaluationInputs,
  executor: Executor,
  overrides: Parameters<typeof evaluationDeps>[1] = {},
) {
  const options = { folder: temporaryFolder(), identity: "i", resume: false, durable: false };
  const journal = await openJournal(options);
  try {
    return await runEvaluation(inputs, evaluationDeps(executor, { journal, ...overrides }));
  } finally {
    journal.close();
  }
}

describe("calls that are asked together", () => {
  it("decide what the same calls decide one by one", async () => {
    const inputs = evaluationInputs({ latencyTargetMs: 500 });
    const single = await evaluate(inputs, scriptedExecutor(wrong));
    const executor = batchedExecutor(wrong);
    const batched = await evaluate({ ...inputs, batchSamples: 10 }, executor);
    const unmeasured = ({ latencyMs: _, ...decision }: (typeof single.evaluation.decisions)[number]) =>
      decision;
    expect(batched.evaluation.decisions.map(unmeasured)).toEqual(single.evaluation.decisions.map(unmeasured));
    expect(batched.evaluation.paidCalls).toBe(single.evaluation.paidCalls);
    // Nothing waits for a verdict or a judge, so one wave is enough.
    expect(executor.waves.map(({ length }) => length)).toEqual([200]);
  });

  it("leave latency inconclusive where a target was set, and say why; the cost claim stands", async () => {
    const claims = async (latencyTargetMs: number | undefined) => {
      const target = latencyTargetMs === undefined ? {} : { latencyTargetMs };
      const inputs = evaluationInputs({ batchSamples: 10, ...target });
      return (await evaluate(inputs, batchedExecutor())).evaluation;
    };
    const [latency, cost] = (await claims(500)).operations!;
    expect(latency).toMatchObject({
      ...{ kind: "latency_p95", verdict: "inconclusive", targetMs: 500 },
      ...{ exceeded: null, candidateP95Ms: null, upperMs: null, n: 100 },
      explanation:
        "No latency is known: they came in a batch. To show the target, ask call by call (without --batch).",
    });
    expect(cost!.kind === "cost_per_accepted" && cost!.candidateUsd).toBe("0.000001");
    const open = await claims(undefined);
    expect(open.operations![0]).toMatchObject({ verdict: null });
    expect(open.decisions[0]!.latencyMs).toBeNull();
  });

  it("stop early between waves, in each of which every open question takes as many samples", async () => {
    const executor = batchedExecutor(
      (call) => call.model === "dear-1" && Number(call.sampleId.slice(1)) % 2 === 0,
    );
    const inputs = evaluationInputs({
      ...{ samples: samples(400), questions: [question(DEAR), question(MINI)], family: 2 },
      ...{ earlyStopping: true, batchSamples: 50 },
    });
    const { evaluation } = await evaluate(inputs, executor);
    expect(evaluation.decisions.map(({ verdict }) => verdict)).toEqual(["rejected", "certified"]);
    // Baseline and both candidates, then without the one that was rejected.
    expect(executor.waves[0]).toHaveLength(150);
    expect(executor.waves[1]).toHaveLength(100);
    expect(new Set(executor.waves.flat()).size).toBe(executor.waves.flat().length);
    expect(evaluation.log!.map(({ question: id, ending, wave }) => [id, ending, wave])).toEqual([
      ["dear-1", "rejected", 1],
      ["mini-1", "certified", executor.waves.length],
    ]);
  });

  it("never reserve or spend beyond a ceiling, and use all of it that a wave can", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5_000 }), async (tokens) => {
        const executor = batchedExecutor();
        const { evaluation } = await evaluate(evaluationInputs({ batchSamples: 10 }), executor, {
          ceilings: { usd: null, tokens },
        });
        let spent = 0;
        // A call uses 7 tokens, and 20 at its worst.
        for (const wave of executor.waves) {
          expect(spent + 20 * wave.length).toBeLessThanOrEqual(tokens);
          spent += 7 * wave.length;
        }
        expect(evaluation.spentTokens).toBe(spent);
        expect(evaluation.complete || tokens - spent < 20).toBe(true);
        expect(evaluation.stopped).toBe(evaluation.complete ? null : "tokens");
      }),
      { numRuns: 40 },
    );
  });

  it("count as their worst case while their batch goes on without us", async () => {
    const interruption = new AbortController();
    const executor = batchedExecutor();
    const leaving: Executor = {
      ...executor,
      together: {
        ...executor.together!,
        batches: () => [{ id: "b1", host: "h", model: "openai/base-1", requests: 200, ended: false }],
        answer: async (calls, wave) => {
          await executor.together!.answer(calls.slice(0, 50), wave);
          interruption.abort();
          return calls;
        },
      },
    };
    const { evaluation } = await evaluate(evaluationInputs({ batchSamples: 10 }), leaving, {
      context: testContext({ signal: interruption.signal }),
    });
    expect(evaluation).toMatchObject({
      ...{ stopped: "interrupted", complete: false, paidCalls: 200 },
      spentTokens: 50 * 7 + 150 * 20,
      batches: [{ id: "b1", ended: false }],
    });
    expect(evaluation.decisions[0]!.n).toBe(25);
    expect(evaluation.warnings.join()).toContain("Batch b1 goes on at h: 200 requests");
  });

  it("are left to the provider when the time is up, and not sent again", async () => {
    const executor = batchedExecutor();
    let waves = 0;
    const patient: Executor = {
      ...executor,
      together: {
        ...executor.together!,
        answer: async (calls, { stop }) => {
          waves += 1;
          if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve));
          return calls;
        },
      },
    };
    // A clock that stands still: only the timer says that the time is up.
    const { evaluation } = await evaluate(evaluationInputs({ batchSamples: 10 }), patient, {
      ceilings: { usd: null, tokens: null, minutes: 0.001 },
    });
    expect(evaluation).toMatchObject({ stopped: "time", complete: false, paidCalls: 200 });
    expect(waves).toBe(1);
  });

  it("end the run where a model answered none of a whole wave, in whatever order failures came", async () => {
    const failing = (share: number): Executor => {
      const executor = batchedExecutor();
      return {
        ...executor,
        together: {
          ...executor.together!,
          answer: (calls, wave) =>
            executor.together!.answer(calls, {
              ...wave,
              deliver: (call, answer) => {
                const isFailed =
                  call.model === "mini-1" && Number(call.sampleId.slice(1)) >= 100 * (1 - share);
                wave.deliver(
                  call,
                  isFailed ? { ...answer, text: null, cost: null, status: "error", failure: "f" } : answer,
                );
              },
            }),
        },
      };
    };
    const inputs = evaluationInputs({ batchSamples: 10 });
    await expect(evaluate(inputs, failing(1))).rejects.toMatchObject({ code: "TOP-RUN-SILENT" });
    const { evaluation } = await evaluate(inputs, failing(0.5));
    expect(evaluation.decisions[0]).toMatchObject({ n: 100, candidateScore: 0.5 });
  });
});
