import { describe, expect, it } from "vitest";
import type { EvaluationBody } from "../contract.js";
import { ALLOCATION_NAMES, type Executor, type ModelCall } from "../contract.js";
import { type EvaluationInputs, runEvaluation } from "../evaluate.js";
import {
  answer,
  BASE,
  evaluationDeps,
  evaluationInputs,
  MINI,
  samples,
  scriptedExecutor,
  temporaryFolder,
} from "../fixtures/setup.js";
import { openJournal } from "../journal/journal.js";
import { runIdentity } from "../journal/run-identity.js";
import { WAVE_SAMPLES } from "./ask-in-waves.js";

const DEAR = { provider: "openai", model: "dear-1" };
const COSTS: Readonly<Record<string, bigint>> = { "base-1": 100n, "mini-1": 10n, "dear-1": 60n };
const number = (call: ModelCall): number => Number(call.sampleId.slice(1));

const question = (candidate = MINI, more: Partial<EvaluationInputs["questions"][number]> = {}) => ({
  id: candidate.model,
  baseline: BASE,
  candidate,
  scope: "fleet",
  margin: 0.05,
  ...more,
});

/** As the scripted executor, with a cost a call that differs by model; null where costs are not known. */
function pricedExecutor(isWrong: (call: ModelCall) => boolean = () => false, costs = COSTS) {
  const inner = scriptedExecutor(isWrong);
  const priced: Executor = {
    ...inner,
    execute: async (call, signal, mayRepeat) => ({
      ...(await inner.execute(call, signal, mayRepeat)),
      cost: costs[call.model] ?? null,
    }),
  };
  return { ...priced, asked: inner.asked };
}

const inputs = (more: Partial<EvaluationInputs> = {}): EvaluationInputs =>
  evaluationInputs({
    samples: samples(400),
    questions: [question(DEAR), question(MINI)],
    family: 2,
    earlyStopping: true,
    ...more,
  });

async function evaluate(given: EvaluationInputs, executor = pricedExecutor()): Promise<EvaluationBody> {
  return (await runEvaluation(given, evaluationDeps(executor))).evaluation;
}

const endingsOf = ({ log = [] }: EvaluationBody) =>
  Object.fromEntries(log.map(({ question: id, ending }) => [id, ending]));
const decisionOn = ({ decisions }: EvaluationBody, id: string) =>
  decisions.find((decision) => decision.question === id)!;

describe.each(ALLOCATION_NAMES)("a run that stops early, allocated %s", (allocation) => {
  const wrong = (call: ModelCall): boolean => call.model === "dear-1" && number(call) % 9 === 0;

  it("asks no candidate beyond the wave in which its question ended, and no model the same sample twice", async () => {
    const executor = pricedExecutor(wrong);
    const evaluation = await evaluate(inputs({ allocation }), executor);
    expect(evaluation.allocation).toBe(allocation);
    expect(new Set(executor.asked).size).toBe(executor.asked.length);
    for (const { question: id, pairs } of evaluation.log!) {
      const asked = executor.asked.filter((call) => call.startsWith(id)).length;
      expect(asked).toBe(Math.min(400, Math.ceil(pairs / WAVE_SAMPLES) * WAVE_SAMPLES));
    }
  });

  it("asks each candidate its samples in the fixed order, whatever it asks in between", async () => {
    const executor = pricedExecutor(wrong);
    await runEvaluation(inputs({ allocation }), evaluationDeps(executor, { concurrency: 1 }));
    for (const model of ["mini-1", "dear-1"]) {
      const own = executor.asked.filter((call) => call.startsWith(model));
      expect(own).toEqual([...own].sort());
      expect(own[0]).toBe(`${model} s0000`);
    }
  });

  it("gives the same evaluation under any concurrency", async () => {
    const run = (concurrency: number) =>
      runEvaluation(inputs({ allocation }), evaluationDeps(pricedExecutor(wrong), { concurrency }));
    expect(await run(16)).toEqual(await run(1));
  });

  it("goes on after a kill as if there had been none, and pays nothing twice", async () => {
    const given = inputs({ allocation });
    const whole = await runEvaluation(given, evaluationDeps(pricedExecutor(wrong)));
    const identity = runIdentity(given, { mode: "simulate", hosts: [] });
    const folder = temporaryFolder();
    const crashing = pricedExecutor((call) => {
      if (crashing.asked.length > 101) throw new Error("killed");
      return wrong(call);
    });
    const first = await openJournal({ folder, identity, resume: false, durable: false });
    await expect(
      runEvaluation(given, evaluationDeps(crashing, { journal: first, concurrency: 1 })),
    ).rejects.toThrow("killed");
    first.close();

    const resumed = pricedExecutor(wrong);
    const journal = await openJournal({ folder, identity, resume: true, durable: false });
    expect(await runEvaluation(given, evaluationDeps(resumed, { journal }))).toEqual(whole);
    journal.close();
    expect(resumed.asked).toHaveLength(whole.evaluation.paidCalls - 101);
  });

  it("decides questions of different scopes each by itself", async () => {
    const questions = ["even", "odd"].map((scope) => question(MINI, { id: scope, scope }));
    const evaluation = await evaluate(inputs({ allocation, questions }));
    expect(endingsOf(evaluation)).toEqual({ even: "certified", odd: "certified" });
  });
});

describe("a candidate that costs more than a certified one for the same traffic", () => {
  it("is asked no further, and the log says for which", async () => {
    const evaluation = await evaluate(inputs());
    expect(endingsOf(evaluation)).toEqual({ "mini-1": "certified", "dear-1": "superseded" });
    const [first, second] = evaluation.log!;
    expect(first).toMatchObject({ question: "mini-1", by: null });
    expect(second).toMatchObject({ question: "dear-1", by: "mini-1", wave: first!.wave });
    expect(decisionOn(evaluation, "dear-1").n).toBeLessThan(decisionOn(evaluation, "mini-1").n);
    expect(decisionOn(evaluation, "dear-1").explanation).toContain('"mini-1" costs less and is certified');
  });

  it("goes on to its own verdict under round-robin", async () => {
    const evaluation = await evaluate(inputs({ allocation: "round-robin" }));
    expect(endingsOf(evaluation)).toEqual({ "mini-1": "certified", "dear-1": "certified" });
  });

  it("goes on where costs are not known, where they are equal, and where the baseline differs", async () => {
    const both = { "mini-1": "certified", "dear-1": "certified" };
    const unknown = await evaluate(inputs(), pricedExecutor(undefined, {}));
    expect(endingsOf(unknown)).toEqual(both);
    const equal = await evaluate(inputs(), pricedExecutor(undefined, { ...COSTS, "dear-1": 10n }));
    expect(endingsOf(equal)).toEqual(both);
    const other = { provider: "openai", model: "old-1" };
    const questions = [question(DEAR, { baseline: other }), question(MINI)];
    expect(endingsOf(await evaluate(inputs({ questions })))).toEqual(both);
  });

  it("goes on where a plan wants both", async () => {
    const plan = { actions: [], joint: { savingUsdMonth: "1", savingShare: 0.1 } as never, prove: [] };
    const evaluation = await evaluate(inputs({ plan }));
    expect(endingsOf(evaluation)).toEqual({ "mini-1": "certified", "dear-1": "certified" });
  });

  it("is dropped after its first wave when the cheaper one was certified before", async () => {
    const many = [question(MINI, { margin: 0.3 }), question(DEAR)];
    const evaluation = await evaluate(inputs({ questions: many, seed: 3 }));
    expect(endingsOf(evaluation)["dear-1"]).toBe("superseded");
    expect(decisionOn(evaluation, "dear-1").n).toBeLessThan(40);
  });
});

describe("the order of waves under a plan", () => {
  it("favours the question with the larger saving at stake", async () => {
    const prove = [
      { question: "dear-1", savingUsdMonth: "1" },
      { question: "mini-1", savingUsdMonth: "100" },
    ] as never;
    const plan = { actions: [], joint: { savingUsdMonth: "1", savingShare: 0.1 } as never, prove };
    const { log } = await evaluate(inputs({ plan }));
    expect(log!.map(({ question: id }) => id)).toEqual(["mini-1", "dear-1"]);
  });
});

describe("the decision log", () => {
  const one = (more: Partial<EvaluationInputs> = {}) =>
    inputs({ questions: [question()], family: 1, ...more });

  it("says that all samples were asked where nothing stops early", async () => {
    const evaluation = await evaluate(one({ earlyStopping: false }));
    expect(evaluation.allocation).toBeNull();
    expect(evaluation.log).toEqual([
      { question: "mini-1", ending: "samples", pairs: 400, wave: 1, by: null },
    ]);
    expect(evaluation.decisions[0]!.explanation).not.toContain("wave");
  });

  it("says that the run was stopped, verdict or not, where a budget cut it short", async () => {
    const ceilings = { usd: null, tokens: 2_000 };
    const cut = await runEvaluation(
      one({ earlyStopping: false }),
      evaluationDeps(pricedExecutor(), { ceilings }),
    );
    expect(cut.evaluation.decisions[0]!.verdict).toBe("certified");
    expect(cut.evaluation.log![0]).toMatchObject({ ending: "stopped", wave: 1 });
  });

  it("tells a verdict, a forecast without one, used-up samples and a stopped run apart", async () => {
    const bad = (call: ModelCall): boolean => call.model === "mini-1" && number(call) % 2 === 0;
    const noisy = (call: ModelCall): boolean =>
      call.model === "mini-1" ? number(call) % 5 === 2 : number(call) % 5 === 4;
    const runs = [
      await evaluate(one()),
      await evaluate(one(), pricedExecutor(bad)),
      await evaluate(one({ questions: [question(MINI, { margin: 0.01 })] }), pricedExecutor(noisy)),
      await evaluate(one({ samples: samples(16) })),
    ];
    const stopped = await runEvaluation(
      one(),
      evaluationDeps(pricedExecutor(), { ceilings: { usd: null, tokens: 200 } }),
    );
    const all = [...runs, stopped.evaluation];
    expect(all.map(({ log }) => log![0]!.ending)).toEqual([
      "certified",
      "rejected",
      "parked",
      "samples",
      "stopped",
    ]);
    expect(all.map(({ decisions }) => decisions[0]!.explanation)).toEqual([
      expect.stringContaining("Asking ended at this verdict in wave 9, after 71 pairs."),
      expect.stringContaining("Asking ended at this verdict in wave"),
      expect.stringContaining("the forecast saw no verdict within reach."),
      expect.stringContaining("Asking ended in wave 2, after 16 pairs: there are no more samples."),
      expect.stringContaining("The run ended in wave"),
    ]);
  });

  it("keeps failed candidates at 0 and goes on", async () => {
    const inner = pricedExecutor();
    const executor = {
      ...inner,
      execute: async (call: ModelCall, signal: AbortSignal, mayRepeat: () => boolean) =>
        call.model === "mini-1" && number(call) === 3
          ? answer({ status: "error", text: null, cost: null, failure: "X 500" })
          : inner.execute(call, signal, mayRepeat),
    };
    const evaluation = await evaluate(one(), executor);
    expect(endingsOf(evaluation)).toEqual({ "mini-1": "certified" });
    expect(decisionOn(evaluation, "mini-1").candidateScore).toBeLessThan(1);
  });
});
