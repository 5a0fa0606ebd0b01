import { describe, expect, it } from "vitest";
import { runEvaluation } from "./evaluate.js";
import {
  AT,
  BASE,
  evaluationDeps,
  evaluationInputs,
  MINI,
  scriptedExecutor,
  testContext,
} from "./fixtures/setup.js";

/** Each call takes a second of the clock that is handed in. */
function clocked() {
  let now = AT.getTime();
  const executor = scriptedExecutor(
    () => false,
    async () => {
      now += 1_000;
    },
  );
  return { executor, context: testContext({ now: () => new Date(now) }) };
}

describe("the ceiling on time", () => {
  it("lets no call start after it, names itself, and leaves the pairs that are complete", async () => {
    const { executor, context } = clocked();
    const ceilings = { usd: null, tokens: null, minutes: 0.5 };
    const deps = evaluationDeps(executor, { context, ceilings, concurrency: 1 });
    const { evaluation } = await runEvaluation(evaluationInputs(), deps);
    expect(executor.asked).toHaveLength(30);
    expect(evaluation).toMatchObject({ stopped: "time", complete: false });
    expect(evaluation.decisions[0]!.n).toBe(15);
  });

  it("wakes a run whose calls all hang, and breaks them off after the grace", async () => {
    const started = Date.now();
    const context = testContext({ now: () => new Date(AT.getTime() + Date.now() - started) });
    const executor = scriptedExecutor();
    const hanging = {
      ...executor,
      execute: (_call: unknown, signal: AbortSignal) =>
        new Promise<never>((_done, fail) => {
          signal.addEventListener("abort", () => fail(new Error("aborted")));
        }),
    };
    const ceilings = { usd: null, tokens: null, minutes: 0.001 };
    const deps = evaluationDeps(hanging, { context, ceilings, concurrency: 2, graceMs: 1 });
    const { evaluation } = await runEvaluation(evaluationInputs(), deps);
    expect(evaluation).toMatchObject({ stopped: "time", complete: false, paidCalls: 0 });
  });

  it("does not end a run that is done in time", async () => {
    const { executor, context } = clocked();
    const deps = evaluationDeps(executor, { context, ceilings: { usd: null, tokens: null, minutes: 60 } });
    expect((await runEvaluation(evaluationInputs(), deps)).evaluation).toMatchObject({
      stopped: null,
      complete: true,
    });
  });
});

describe("what ran out", () => {
  it.each([
    { ceilings: { usd: 10_000_000n, tokens: null }, stopped: "budget" },
    { ceilings: { usd: null, tokens: 100 }, stopped: "tokens" },
    { ceilings: { usd: 10_000_000n, tokens: 1_000_000 }, stopped: "budget" },
    { ceilings: { usd: 10_000_000_000n, tokens: 100 }, stopped: "tokens" },
  ])("is named: $stopped", async ({ ceilings, stopped }) => {
    const { evaluation } = await runEvaluation(
      evaluationInputs(),
      evaluationDeps(scriptedExecutor(), { ceilings }),
    );
    expect(evaluation).toMatchObject({ stopped, complete: false });
  });
});

describe("a variant", () => {
  const question = {
    id: "q",
    baseline: BASE,
    candidate: MINI,
    scope: "fleet",
    margin: 0.05,
    variant: "int4",
  };

  it("is not asked by its model's name: the question stays inconclusive and says why", async () => {
    const executor = scriptedExecutor();
    const { evaluation } = await runEvaluation(
      evaluationInputs({ questions: [question] }),
      evaluationDeps(executor),
    );
    expect(executor.asked).toEqual([]);
    expect(evaluation.decisions).toMatchObject([
      {
        verdict: "inconclusive",
        n: 0,
        explanation: expect.stringContaining("openai/mini-1 differs in more than its model (int4)"),
      },
    ]);
  });

  it("leaves the other questions of the plan alone, and is answered by recordings", async () => {
    const other = { ...question, id: "plain", variant: undefined };
    const inputs = evaluationInputs({ questions: [question, other] });
    const both = await runEvaluation(inputs, evaluationDeps(scriptedExecutor()));
    expect(both.evaluation.decisions.map(({ n }) => n)).toEqual([0, 100]);
    const replayed = await runEvaluation(inputs, evaluationDeps({ ...scriptedExecutor(), mode: "replay" }));
    expect(replayed.evaluation.decisions.map(({ n }) => n)).toEqual([100, 100]);
  });
});
