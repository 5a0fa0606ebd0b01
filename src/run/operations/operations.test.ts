import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import type { Executor, ModelAnswer, ModelCall } from "../contract.js";
import type { AnsweredPair } from "../decisions/decisions.js";
import { runEvaluation } from "../evaluate.js";
import { answer, BASE, evaluationDeps, evaluationInputs, MINI, samples } from "../fixtures/setup.js";
import { certifyLatency } from "./latency.js";

const numberOf = (call: ModelCall): number => Number(call.sampleId.slice(1));

/** Both models are right; the candidate answers as `say` has it. The dearest call may cost 8e-6 USD. */
function executorOf(
  say: (index: number) => Partial<ModelAnswer>,
  mode: Executor["mode"] = "simulate",
): Executor {
  return {
    ...{ mode, hosts: [] },
    worstCase: () => ({ tokens: 20, cost: 8_000_000n }),
    execute: async (call) => {
      const text = `answer ${numberOf(call)}`;
      const usual = { text, cost: 4_000_000n, latencyMs: 900 };
      return answer(call.model === MINI.model ? { ...usual, ...say(numberOf(call)) } : usual);
    },
  };
}

async function operationsOf(executor: Executor, more = {}, count = 300) {
  const inputs = evaluationInputs({ samples: samples(count), latencyTargetMs: 500, ...more });
  const { operations } = (await runEvaluation(inputs, evaluationDeps(executor))).evaluation;
  const [latency, cost] = operations!;
  if (latency?.kind !== "latency_p95" || cost?.kind !== "cost_per_accepted")
    throw new Error("unexpected kinds");
  return { latency, cost };
}

describe("the latency certificate", () => {
  it.each([
    { slowEvery: 0, verdict: "certified", exceeded: 0 },
    { slowEvery: 100, verdict: "certified", exceeded: 3 },
    { slowEvery: 20, verdict: "inconclusive", exceeded: 15 },
    { slowEvery: 5, verdict: "rejected", exceeded: 60 },
  ])("with one call in $slowEvery over the target is $verdict", async ({ slowEvery, verdict, exceeded }) => {
    const { latency } = await operationsOf(
      executorOf((index) => ({ latencyMs: slowEvery > 0 && index % slowEvery === 0 ? 800 : 200 })),
    );
    expect(latency).toMatchObject({ verdict, exceeded, targetMs: 500, family: 2, baselineP95Ms: 900 });
  });

  it("bounds the 95 % point without a target, and claims nothing", async () => {
    const { latency } = await operationsOf(
      executorOf((index) => ({ latencyMs: index })),
      {
        latencyTargetMs: undefined,
      },
    );
    expect(latency).toMatchObject({ verdict: null, targetMs: null, exceeded: null, candidateP95Ms: 284 });
    expect(latency.upperMs!).toBeGreaterThan(284);
    expect(latency.upperMs!).toBeLessThan(300);
    const few = await operationsOf(
      executorOf(() => ({ latencyMs: 100 })),
      {},
      70,
    );
    expect(few.latency).toMatchObject({ upperMs: null, verdict: "inconclusive" });
  });

  it("counts failed calls as slow, and says nothing where no latency is known", async () => {
    const failed = { text: null, latencyMs: null, status: "timeout", failure: "timeout" } as const;
    const { latency } = await operationsOf(
      executorOf((index) => (index % 5 === 0 ? failed : { latencyMs: 200 })),
    );
    expect(latency).toMatchObject({ verdict: "rejected", exceeded: 60, candidateP95Ms: null });
    const { latency: unknown } = await operationsOf(executorOf(() => ({ latencyMs: null })));
    expect(unknown).toMatchObject({ verdict: null, upperMs: null, explanation: "No latency is known." });
  });

  it("is arithmetic about these samples once all of them are asked", async () => {
    const { latency } = await operationsOf(
      executorOf((index) => ({ latencyMs: index === 0 ? 800 : 200 })),
      { population: "samples" },
      20,
    );
    expect(latency).toMatchObject({ verdict: "certified", exceeded: 1, upperMs: null });
  });

  it("is false at most as often as alpha allows, where 5 % of calls take longer", () => {
    const [runs, calls] = [2_000, 150];
    let wrong = 0;
    for (let run = 0; run < runs; run += 1) {
      const random = createRandom(`latency ${run}`);
      const pairs = Array.from({ length: calls }, (): AnsweredPair => {
        const side = (latencyMs: number) => ({
          answer: answer({ latencyMs }),
          grade: { score: 1, grader: "exact", missing: null },
        });
        return { baseline: side(1), candidate: side(random.next() < 0.05 ? 900 : 100) };
      });
      const question = evaluationInputs().questions[0]!;
      // The verdict of a stream of pairs keeps the first boundary crossed, so one look at the end sees every look.
      const { verdict } = certifyLatency(pairs, {
        ...{ question, alpha: 0.05, beta: 0.1, family: 1, population: "traffic", populationSize: 0 },
        ...{ targetMs: 500, bound: null, noLatency: null },
      });
      if (verdict === "certified") wrong += 1;
    }
    expect(wrong / runs).toBeLessThanOrEqual(0.05);
    expect(wrong).toBeGreaterThan(0);
  });
});

describe("the certificate of cost per accepted answer", () => {
  it("shows part of the saving that was observed, with the bound that it rests on", async () => {
    const { cost } = await operationsOf(executorOf(() => ({ cost: 400_000n })));
    expect(cost).toMatchObject({
      ...{ verdict: "certified", baselineUsd: "0.000004", candidateUsd: "0.0000004" },
      ...{ boundUsd: { baseline: "0.000008", candidate: "0.000008" }, boundBasis: "limit", family: 2 },
    });
    expect(cost.savingShare).toBeCloseTo(0.9, 12);
    expect(cost.savingShareLower!).toBeGreaterThan(0.5);
    expect(cost.savingShareLower!).toBeLessThan(0.9);
  });

  it("counts answers that were not accepted as paid in vain: half the price and none of the quality is no saving", async () => {
    const { cost } = await operationsOf(
      executorOf((index) => ({ cost: 2_000_000n, ...(index % 5 !== 0 && { text: "wrong" }) })),
    );
    expect(cost).toMatchObject({ verdict: "rejected", candidateUsd: "0.00001", savingShareLower: null });
  });

  it("is open for the same price", async () => {
    expect((await operationsOf(executorOf(() => ({})))).cost).toMatchObject({
      ...{ verdict: "inconclusive", savingShare: 0, savingShareLower: null },
    });
  });

  it("takes a cost that is not known at its bound for the candidate", async () => {
    const { cost } = await operationsOf(executorOf(() => ({ cost: null })));
    expect(cost).toMatchObject({ candidateUsd: "0.000008", savingShareLower: null });
  });

  it("claims nothing where a call breaks its bound, where grades are missing, or where costs are not known", async () => {
    const broken = await operationsOf(executorOf((index) => ({ cost: index === 7 ? 9_000_000n : 1n })));
    expect(broken.cost).toMatchObject({
      verdict: null,
      explanation: expect.stringContaining("than its bound"),
    });
    const ungraded = await operationsOf(executorOf((index) => (index % 10 === 0 ? { text: null } : {})));
    expect(ungraded.cost).toMatchObject({
      verdict: null,
      explanation: expect.stringContaining("have no grade"),
    });
    const unpriced: Executor = { ...executorOf(() => ({})), worstCase: () => ({ tokens: 1, cost: null }) };
    expect((await operationsOf(unpriced)).cost).toMatchObject({ verdict: null, boundUsd: null });
  });

  it("says of recordings that their bound is assumed, and is arithmetic about these samples", async () => {
    const cheap = executorOf(() => ({ cost: 400_000n }), "replay");
    expect((await operationsOf(cheap)).cost).toMatchObject({
      boundBasis: "assumed",
      boundUsd: { baseline: "0.000008", candidate: "0.0000008" },
    });
    const census = await operationsOf(cheap, { population: "samples" }, 10);
    expect(census.cost).toMatchObject({ verdict: "certified", savingShareLower: expect.closeTo(0.9, 12) });
  });

  it("shares an alpha of its own among all questions and both kinds", async () => {
    const [question] = evaluationInputs().questions;
    const questions = [question!, { ...question!, id: "b", candidate: { ...BASE, model: "other" } }];
    const inputs = evaluationInputs({ questions, samples: samples(20) });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(executorOf(() => ({}))));
    expect(evaluation.operations!.map(({ family }) => family)).toEqual([4, 4, 4, 4]);
    expect(evaluation.decisions.map(({ family }) => family)).toEqual([2, 2]);
  });
});
