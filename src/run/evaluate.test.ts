import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toFileShape } from "../shared/case.js";
import { parseUsd } from "../shared/money.js";
import { type Executor, evaluationSchema, type ModelCall } from "./contract.js";
import { runEvaluation } from "./evaluate.js";
import { createReplayExecutor } from "./executors/replay.js";
import {
  answer,
  BASE,
  evaluationDeps,
  evaluationInputs,
  MINI,
  sample,
  samples,
  scriptedExecutor,
  temporaryFile,
  testContext,
} from "./fixtures/setup.js";
import { readRecordings } from "./inputs/recordings.js";

const CLAUDE = { provider: "anthropic", model: "claude-1" };
const fleet = (candidate = MINI) => ({
  id: `fleet/${candidate.model}`,
  baseline: BASE,
  candidate,
  scope: "fleet",
  margin: 0.05,
});
const number = (call: ModelCall): number => Number(call.sampleId.slice(1));

/** Waits a varying number of turns, so that calls finish out of order. */
const shuffled =
  (delays: readonly number[]) =>
  async (call: ModelCall): Promise<void> => {
    const turns = delays[(number(call) * 7 + call.model.length) % delays.length] ?? 0;
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

describe("an evaluation", () => {
  it("certifies a candidate that ties every time", async () => {
    const { evaluation, results } = await runEvaluation(
      evaluationInputs(),
      evaluationDeps(scriptedExecutor()),
    );
    expect(evaluation.decisions[0]).toMatchObject({
      verdict: "certified",
      decidedAt: 71,
      n: 100,
      difference: 0,
      missing: 0,
    });
    expect(evaluation).toMatchObject({
      baseline: "openai/base-1",
      calls: 200,
      callsFixedDesign: 200,
      complete: true,
      stopped: null,
    });
    expect(results).toHaveLength(200);
  });

  it("fits the schema of evaluation.yaml", async () => {
    const { evaluation } = await runEvaluation(evaluationInputs(), evaluationDeps(scriptedExecutor()));
    const envelope = {
      apiVersion: "tokenop/v1",
      kind: "Evaluation",
      inputs: [],
      run: { createdAt: "", tokenopVersion: "", directory: "" },
    };
    expect(evaluationSchema.safeParse(toFileShape({ ...envelope, ...evaluation })).error).toBeUndefined();
  });

  it("rejects a candidate that is often wrong, over all samples", async () => {
    const executor = scriptedExecutor((call) => call.model === "mini-1" && number(call) % 3 === 0);
    const { evaluation } = await runEvaluation(evaluationInputs(), evaluationDeps(executor));
    expect(evaluation.decisions[0]).toMatchObject({
      verdict: "rejected",
      n: 100,
      baselineScore: 1,
      candidateScore: 0.66,
    });
  });

  it("asks the baseline once, however many candidates are compared with it", async () => {
    const executor = scriptedExecutor();
    const inputs = evaluationInputs({ questions: [fleet(), fleet(CLAUDE)], family: 2 });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(executor));
    expect(executor.asked.filter((call) => call.startsWith("base-1"))).toHaveLength(100);
    expect(evaluation.calls).toBe(300);
    expect(evaluation.decisions.map(({ family }) => family)).toEqual([2, 2]);
  });

  it("never shares alpha among fewer tests than it makes", async () => {
    const inputs = evaluationInputs({ questions: [fleet(), fleet(CLAUDE)], family: 1 });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(scriptedExecutor()));
    expect(evaluation.decisions[0]!.family).toBe(2);
  });

  it("tests a cluster on its own samples only", async () => {
    const executor = scriptedExecutor((call) => call.model === "mini-1" && call.cluster === "odd");
    const questions = ["even", "odd"].map((scope) => ({ ...fleet(), id: scope, scope, margin: 0.2 }));
    const { evaluation } = await runEvaluation(
      evaluationInputs({ questions, family: 2 }),
      evaluationDeps(executor),
    );
    expect(evaluation.decisions.map(({ scope, verdict, n }) => [scope, verdict, n])).toEqual([
      ["even", "certified", 50],
      ["odd", "rejected", 50],
    ]);
    expect(evaluation.calls).toBe(200);
  });

  it("takes each prompt's own model as the baseline where none is named", async () => {
    const mixed = samples(10).map((entry, index) => ({
      ...entry,
      model: index === 0 ? null : index % 2 === 0 ? "base-1" : "old-1",
    }));
    const executor = scriptedExecutor();
    const inputs = evaluationInputs({ samples: mixed, questions: [{ ...fleet(), baseline: null }] });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(executor));
    expect(new Set(executor.asked.map((call) => call.split(" ")[0]))).toEqual(
      new Set(["base-1", "old-1", "mini-1"]),
    );
    expect(evaluation.baseline).toBe("recorded");
    expect(evaluation.warnings).toEqual([
      "fleet/mini-1: 1 of 10 pairs have no grade (no model recorded on the prompt).",
    ]);
  });

  it("gives latency medians and mean costs of the pairs", async () => {
    const executor: Executor = {
      ...scriptedExecutor(),
      execute: async (call) =>
        answer({
          score: 1,
          latencyMs: call.model === "mini-1" ? 50 : 200,
          cost: call.model === "mini-1" ? 10n : 40n,
        }),
    };
    const { evaluation } = await runEvaluation(
      evaluationInputs({ samples: samples(4) }),
      evaluationDeps(executor),
    );
    expect(evaluation.decisions[0]).toMatchObject({
      latencyMs: { baselineP50: 200, candidateP50: 50 },
      costUsd: { baseline: "0.00000000004", candidate: "0.00000000001" },
    });
  });

  it("refuses a question without samples", async () => {
    const inputs = evaluationInputs({ questions: [{ ...fleet(), scope: "nowhere" }] });
    await expect(runEvaluation(inputs, evaluationDeps(scriptedExecutor()))).rejects.toMatchObject({
      code: "TOP-RUN-NO-SAMPLES",
    });
  });
});

describe("failed calls", () => {
  const failing = (fails: (call: ModelCall) => boolean): Executor => {
    const inner = scriptedExecutor();
    return {
      ...inner,
      execute: async (call, signal) =>
        fails(call)
          ? answer({ status: "error", text: null, cost: null, failure: "X 500" })
          : inner.execute(call, signal),
    };
  };

  it("score 0 for a candidate and leave the pair without a grade for a baseline", async () => {
    const executor = failing((call) => number(call) === (call.model === "mini-1" ? 3 : 4));
    const { evaluation, results } = await runEvaluation(evaluationInputs(), evaluationDeps(executor));
    expect(evaluation.decisions[0]).toMatchObject({ missing: 1, n: 100, candidateScore: 98 / 99 });
    expect(evaluation.warnings).toEqual([
      "fleet/mini-1: 1 of 100 pairs have no grade (baseline call failed: X 500).",
    ]);
    expect(results.find(({ sampleId, role }) => sampleId === "s0003" && role === "candidate")).toMatchObject({
      status: "error",
      score: 0,
      grader: "failed-call",
    });
    expect(evaluation.paidCalls).toBe(198);
  });

  it("end the run with exit code 5 when a model never answers: that is no evidence on quality", async () => {
    const run = (count: number) =>
      runEvaluation(
        evaluationInputs({ samples: samples(count) }),
        evaluationDeps(failing((call) => call.model === "mini-1")),
      );
    await expect(run(100)).rejects.toMatchObject({ code: "TOP-RUN-SILENT", exitCode: 5 });
    await expect(run(2)).rejects.toMatchObject({ code: "TOP-RUN-SILENT", exitCode: 5 });
  });
});

describe("a call whose answer broke off", () => {
  const breaking = (isAllowed: boolean[]): Executor => ({
    ...scriptedExecutor(),
    execute: async (_call, _signal, mayRepeat) => {
      const may = mayRepeat!();
      isAllowed.push(may);
      return answer({ text: "x", lostAttempts: may ? 1 : 0 });
    },
  });

  it("is repeated only where the budget has room for paying it twice, and is counted twice", async () => {
    const isAllowed: boolean[] = [];
    const deps = { concurrency: 1, ceilings: { usd: 5_000_000n, tokens: null } };
    const { evaluation } = await runEvaluation(
      evaluationInputs({ samples: samples(50) }),
      evaluationDeps(breaking(isAllowed), deps),
    );
    // Each call costs 1e-6 USD and may cost twice that: 2 + 1 for the first, then 2 more do not fit twice.
    expect(isAllowed).toEqual([true, false]);
    expect(evaluation).toMatchObject({ spentUsd: "0.000004", paidCalls: 2, stopped: "budget" });
  });
});

describe("the order in which calls finish", () => {
  it("never changes the evaluation, with early stopping or without, under any concurrency and budget", async () => {
    const wrong = (call: ModelCall): boolean => (number(call) * 31 + call.model.length) % 11 === 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(4), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        fc.option(fc.bigInt({ min: 0n, max: 150_000_000n })),
        async (delays, concurrency, earlyStopping, usd) => {
          const inputs = evaluationInputs({
            samples: samples(60),
            earlyStopping,
            questions: [fleet(), fleet(CLAUDE)],
            family: 2,
          });
          const ceilings = { usd, tokens: null };
          const sequential = await runEvaluation(
            inputs,
            evaluationDeps(scriptedExecutor(wrong), { concurrency: 1, ceilings }),
          );
          const executor = scriptedExecutor(wrong, shuffled(delays));
          const parallel = await runEvaluation(inputs, evaluationDeps(executor, { concurrency, ceilings }));
          expect(parallel).toEqual(sequential);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("early stopping", () => {
  it("ends a question at its first boundary and saves the calls after it", async () => {
    const executor = scriptedExecutor((call) => call.model === "mini-1");
    const inputs = evaluationInputs({ earlyStopping: true });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(executor));
    const [decision] = evaluation.decisions;
    expect(decision).toMatchObject({ verdict: "rejected" });
    expect(decision!.n).toBe(decision!.decidedAt);
    expect(evaluation.calls).toBe(2 * decision!.n);
    expect(evaluation.callsFixedDesign).toBe(200);
    expect(evaluation.paidCalls).toBeLessThan(40);
    expect(evaluation.complete).toBe(true);
  });

  it("reaches the same verdict at the same pair as a run over all samples", async () => {
    const executor = () => scriptedExecutor((call) => call.model === "mini-1" && number(call) % 4 === 0);
    const all = await runEvaluation(evaluationInputs(), evaluationDeps(executor()));
    const early = await runEvaluation(evaluationInputs({ earlyStopping: true }), evaluationDeps(executor()));
    const pick = ({ verdict, decidedAt }: { verdict: string; decidedAt: number | null }) => [
      verdict,
      decidedAt,
    ];
    expect(pick(early.evaluation.decisions[0]!)).toEqual(pick(all.evaluation.decisions[0]!));
  });
});

describe("a budget", () => {
  it("ends the run before a call that could pass it, with what was got", async () => {
    // Each call costs 1 and may cost 2 micro-USD: after 9 calls the tenth could reach 11.
    const deps = evaluationDeps(scriptedExecutor(), { ceilings: { usd: parseUsd("0.00001"), tokens: null } });
    const { evaluation } = await runEvaluation(evaluationInputs(), deps);
    expect(evaluation).toMatchObject({
      stopped: "budget",
      complete: false,
      paidCalls: 9,
      spentUsd: "0.000009",
      budgetUsd: "0.00001",
    });
    expect(evaluation.decisions[0]).toMatchObject({ verdict: "inconclusive", n: 4 });
  });

  it("of 0 makes no call", async () => {
    const executor = scriptedExecutor();
    const { evaluation } = await runEvaluation(
      evaluationInputs(),
      evaluationDeps(executor, { ceilings: { usd: 0n, tokens: null } }),
    );
    expect(executor.asked).toEqual([]);
    expect(evaluation.decisions[0]).toMatchObject({ n: 0, lower: -1, upper: 1, verdict: "inconclusive" });
  });

  it("cannot be kept for a live model without a price, so nothing is sent", async () => {
    const executor = {
      ...scriptedExecutor(),
      mode: "live" as const,
      worstCase: () => ({ tokens: 1, cost: null }),
    };
    const deps = evaluationDeps(executor, { ceilings: { usd: 1n, tokens: null } });
    await expect(runEvaluation(evaluationInputs(), deps)).rejects.toMatchObject({ code: "TOP-RUN-UNPRICED" });
    expect(executor.asked).toEqual([]);
  });

  it("spends exactly the sum of its answers' costs", async () => {
    const { evaluation, results } = await runEvaluation(
      evaluationInputs(),
      evaluationDeps(scriptedExecutor()),
    );
    const sum = results.reduce((total, { costUsd }) => total + parseUsd(costUsd!), 0n);
    expect(parseUsd(evaluation.spentUsd)).toBe(sum);
    expect(evaluation.spentTokens).toBe(
      results.reduce((total, entry) => total + entry.inputTokens! + entry.outputTokens!, 0),
    );
  });
});

describe("an interruption", () => {
  const interruptedAt = (count: number) => {
    const controller = new AbortController();
    const executor = scriptedExecutor(
      () => false,
      async () => {
        if (executor.asked.length === count) controller.abort();
      },
    );
    return { executor, context: testContext({ signal: controller.signal }) };
  };

  it("leaves a usable evaluation of the pairs that were complete", async () => {
    const { executor, context } = interruptedAt(31);
    const { evaluation } = await runEvaluation(
      evaluationInputs(),
      evaluationDeps(executor, { context, concurrency: 1 }),
    );
    expect(evaluation).toMatchObject({ stopped: "interrupted", complete: false, paidCalls: 31 });
    expect(evaluation.decisions[0]).toMatchObject({ n: 15, verdict: "inconclusive" });
  });

  it("gives calls under way time to finish, then cuts them off", async () => {
    const controller = new AbortController();
    const executor: Executor = {
      ...scriptedExecutor(),
      execute: (_, signal) =>
        new Promise((_resolve, reject) => {
          controller.abort();
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    };
    const deps = evaluationDeps(executor, {
      context: testContext({ signal: controller.signal }),
      graceMs: 1,
    });
    const { evaluation } = await runEvaluation(evaluationInputs(), deps);
    expect(evaluation).toMatchObject({ stopped: "interrupted", paidCalls: 0, spentUsd: "0" });
  });
});

describe("a replay", () => {
  const recordings = async (lines: readonly object[]) =>
    readRecordings(temporaryFile("r.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join("")), 1);
  const question = {
    id: "q",
    baseline: { provider: "", model: "a" },
    candidate: { provider: "", model: "b" },
    scope: "fleet",
    margin: 0.05,
  };

  it("is a census of the recorded samples when the claim is about them", async () => {
    const recorded = await recordings(
      Array.from({ length: 50 }, (_, index) => [
        { sample_id: index, model: "a", score: 1 },
        { sample_id: index, model: "b", score: index === 0 ? 0 : 1 },
      ]).flat(),
    );
    const inputs = evaluationInputs({
      samples: recorded.samples,
      questions: [question],
      population: "samples",
    });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(createReplayExecutor(recorded, null)));
    expect(evaluation).toMatchObject({
      mode: "replay",
      paidCalls: 0,
      spentUsd: "0",
      calls: 100,
      baseline: "a",
    });
    expect(evaluation.decisions[0]).toMatchObject({
      verdict: "certified",
      population: "samples",
      costUsd: null,
      latencyMs: null,
    });
    expect(evaluation.decisions[0]!.lower).toBeCloseTo(-0.02, 12);
    expect(evaluation.decisions[0]!.upper).toBeCloseTo(-0.02, 12);
  });

  it("grades recorded responses against the recorded reference", async () => {
    const recorded = await recordings([
      { sample_id: "s", model: "a", response: "42", reference: 42 },
      { sample_id: "s", model: "b", response: "43" },
    ]);
    const inputs = evaluationInputs({ samples: recorded.samples, questions: [question] });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(createReplayExecutor(recorded, null)));
    expect(evaluation.decisions[0]).toMatchObject({ baselineScore: 1, candidateScore: 0, disagreement: 1 });
  });

  it("counts a pair that only one side was recorded on as missing", async () => {
    const recorded = await recordings([
      { sample_id: "s", model: "a", score: 1 },
      { sample_id: "t", model: "c", score: 1 },
    ]);
    const isRecorded = (id: string, ref: typeof BASE): boolean => recorded.find(id, ref) !== undefined;
    const inputs = evaluationInputs({ samples: recorded.samples, questions: [question], isRecorded });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(createReplayExecutor(recorded, null)));
    expect(evaluation.decisions[0]).toMatchObject({ n: 1, missing: 1, difference: null });
    expect(evaluation.warnings).toEqual(["q: 1 of 1 pairs have no grade (not recorded)."]);
  });
});

describe("an explanation", () => {
  it.each([
    ["certified", () => false, 100, /loses at most 5\.00 points at level 0\.05/],
    [
      "rejected",
      (call: ModelCall) => call.model === "mini-1",
      100,
      /loses more than the margin of 5\.00 points/,
    ],
    ["inconclusive", () => false, 30, /About \d+ more pairs are needed/],
  ] as const)("says in words what %s means", async (verdict, wrong, count, words) => {
    const inputs = evaluationInputs({ samples: samples(count) });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(scriptedExecutor(wrong)));
    expect(evaluation.decisions[0]!.verdict).toBe(verdict);
    expect(evaluation.decisions[0]!.explanation).toMatch(words);
  });

  it("says when nothing could be graded", async () => {
    const inputs = evaluationInputs({ samples: [sample(0, { reference: undefined, grader: null })] });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(scriptedExecutor()));
    expect(evaluation.decisions[0]!.explanation).toContain("No pair of 1 could be graded.");
  });
});
