import { describe, expect, it } from "vitest";
import type { Executor, ModelAnswer, ModelCall } from "../contract.js";
import { runEvaluation } from "../evaluate.js";
import {
  answer,
  BASE,
  evaluationDeps,
  evaluationInputs,
  MINI,
  sample,
  samples,
  temporaryFolder,
} from "../fixtures/setup.js";
import { openJournal } from "../journal/journal.js";
import type { JudgeSettings } from "./settings.js";

const JUDGE = { provider: "anthropic", model: "claude-1" };
const settings = (more: Partial<JudgeSettings> = {}): JudgeSettings => ({
  ...{ model: JUDGE, repeats: 1, swapLimit: 0.2, calibration: 30 },
  ...more,
});

interface Shown {
  readonly task?: unknown;
  readonly reference?: unknown;
  readonly answer?: string;
  readonly answer_a?: string;
  readonly answer_b?: string;
}

const shownIn = (call: ModelCall): Shown => JSON.parse(String(call.messages[1]!.content));

/** Models that say "base s0001" and "mini s0001", and a judge; `calls` are the judge's. */
function judged(
  opinion: (shown: Shown, call: ModelCall) => string,
  say: (call: ModelCall) => string = ({ model, sampleId }) => `${model} ${sampleId}`,
): Executor & { readonly calls: ModelCall[]; readonly asked: ModelCall[] } {
  const [calls, asked]: [ModelCall[], ModelCall[]] = [[], []];
  const execute = async (call: ModelCall): Promise<ModelAnswer> => {
    (call.part === undefined ? asked : calls).push(call);
    return answer({ text: call.part === undefined ? say(call) : opinion(shownIn(call), call) });
  };
  return {
    mode: "live",
    hosts: ["h"],
    worstCase: () => ({ tokens: 10, cost: 2_000_000n }),
    execute,
    calls,
    asked,
  };
}

const winner = (text: "A" | "B" | "tie"): string => JSON.stringify({ winner: text });
/** Prefers the answer that holds a word, wherever it stands. */
const prefers =
  (word: string) =>
  ({ answer_a = "", answer_b = "" }: Shown): string =>
    winner(answer_a.includes(word) === answer_b.includes(word) ? "tie" : answer_a.includes(word) ? "A" : "B");

const openPrompts = (count: number) => samples(count, { reference: undefined, grader: null });

const run = (executor: Executor, more = {}) =>
  runEvaluation(
    evaluationInputs({ samples: openPrompts(40), judge: settings(), ...more }),
    evaluationDeps(executor),
  );

describe("a judge of pairs", () => {
  it("is asked in both orders, and never told a model's name or role", async () => {
    const executor = judged(
      prefers("nothing"),
      ({ model, sampleId }) => `${model === MINI.model ? "x" : "y"} ${sampleId}`,
    );
    await run(executor, { samples: openPrompts(3) });
    expect(executor.calls).toHaveLength(6);
    const shown = executor.calls.filter(({ sampleId }) => sampleId === "s0000").map(shownIn);
    expect(shown.map(({ answer_a, answer_b }) => [answer_a, answer_b])).toEqual([
      ["x s0000", "y s0000"],
      ["y s0000", "x s0000"],
    ]);
    const text = JSON.stringify(executor.calls.map(({ messages }) => messages));
    for (const word of [BASE.model, MINI.model, "openai", "baseline", "candidate"])
      expect(text).not.toContain(word);
  });

  it.each([
    { opinion: prefers("nothing"), verdict: "inconclusive", difference: 0, scores: [0.5, 0.5] },
    { opinion: prefers("mini"), verdict: "certified", difference: 1, scores: [0, 1] },
    { opinion: prefers("base"), verdict: "rejected", difference: -1, scores: [1, 0] },
  ])("decides by preference: $verdict", async ({ opinion, verdict, difference, scores }) => {
    const { evaluation, results } = await run(judged(opinion));
    expect(evaluation.decisions[0]).toMatchObject({
      ...{ verdict, difference, baselineScore: scores[0], candidateScore: scores[1], n: 40, family: 1 },
      graders: [{ grader: "judge-pairwise", pairs: 40 }],
      explanation: expect.stringContaining("not of accuracy"),
    });
    expect(evaluation.judge).toMatchObject({ calls: 80, swapped: 40, contradicted: 0, swapDisagreement: 0 });
    expect(results.filter(({ role }) => role === "candidate").every(({ score }) => score === scores[1])).toBe(
      true,
    );
  });

  it("is not asked about equal answers, which tie", async () => {
    const executor = judged(prefers("nothing"), ({ sampleId }) => sampleId);
    const { evaluation } = await run(executor);
    expect(executor.calls).toEqual([]);
    expect(evaluation.decisions[0]).toMatchObject({ difference: 0, disagreement: 0, missing: 0 });
    expect(evaluation.judge).toMatchObject({ calls: 0, swapped: 0, swapDisagreement: null });
  });

  it("counts what it cannot read as missing on both sides, and says so", async () => {
    const { evaluation } = await run(
      judged(({ answer_a = "" }) => (/s000\d/.test(answer_a) ? "?" : winner("tie"))),
    );
    expect(evaluation.decisions[0]).toMatchObject({ missing: 10, difference: 0 });
    expect(evaluation.judge).toMatchObject({ calls: 80, unreadable: 20 });
    expect(evaluation.warnings.join()).toContain("10 of 40 pairs have no grade (the judge gave no opinion");
  });

  it("counts a failed call of the candidate as lost", async () => {
    const executor = judged(prefers("nothing"));
    const failing: Executor = {
      ...executor,
      execute: async (call, signal) =>
        call.model === MINI.model && call.sampleId === "s0001"
          ? answer({ text: null, status: "error", failure: "HTTP 400" })
          : executor.execute(call, signal),
    };
    const { evaluation } = await run(failing, { samples: openPrompts(4) });
    expect(evaluation.decisions[0]).toMatchObject({ difference: -0.25, missing: 0 });
  });

  it("asks each opinion by itself where they are repeated, and takes the median", async () => {
    const executor = judged((shown, { repeat = 0 }) => (repeat === 1 ? winner("A") : prefers("mini")(shown)));
    const { evaluation } = await run(executor, { samples: openPrompts(12), judge: settings({ repeats: 3 }) });
    expect(executor.calls).toHaveLength(72);
    expect(new Set(executor.calls.map(({ part }) => part)).size).toBe(72);
    expect(
      new Set(executor.calls.map(({ repeat = 0, temperature }) => `${repeat} ${temperature}`)).size,
    ).toBe(3);
    expect(evaluation.decisions[0]).toMatchObject({ difference: 1, swapDisagreement: 0 });
  });
});

describe("an unstable judge", () => {
  const firstWins = (): string => winner("A");
  const long = (text: string): string => `${text} ${"word ".repeat(40)}`.trim();

  it("certifies nothing where no rules can take its place, although every pair ties", async () => {
    const { evaluation } = await run(judged(firstWins), { samples: openPrompts(400) });
    expect(evaluation.decisions[0]).toMatchObject({
      ...{ verdict: "inconclusive", difference: 0, swapDisagreement: 1, fallback: false },
      explanation: expect.stringContaining("nothing is certified"),
    });
  });

  it("gives way to rules where there is a reference, and says so", async () => {
    const references = samples(100, { grader: { kind: "judge", mode: "pairwise" } }).map((one) => ({
      ...one,
      reference: long(`right ${one.id}`),
    }));
    const say = ({ sampleId, model }: ModelCall): string =>
      long(`${model === MINI.model ? "wrong" : "right"} ${sampleId}`);
    const { evaluation } = await run(judged(firstWins, say), { samples: references });
    const [decision] = evaluation.decisions;
    expect(decision).toMatchObject({
      ...{ fallback: true, swapDisagreement: 1, graders: [{ grader: "rules:rouge-l", pairs: 100 }] },
      // The judge's test and the rules' share alpha.
      family: 2,
      explanation: expect.stringContaining("Rules decided in its place."),
    });
    expect(decision!.difference).toBeLessThan(0);
    expect(decision!.difference).toBeGreaterThan(-0.1);
  });

  it("is told from a stable one by the stated share, once there are ten pairs", async () => {
    const contradicts =
      (share: number) =>
      (shown: Shown, { sampleId }: ModelCall) =>
        Number(sampleId.slice(1)) % 10 < 10 * share ? firstWins() : prefers("mini")(shown);
    const stable = await run(judged(contradicts(0.2)));
    expect(stable.evaluation.decisions[0]).toMatchObject({ verdict: "certified", swapDisagreement: 0.2 });
    const unstable = await run(judged(contradicts(0.3)));
    expect(unstable.evaluation.decisions[0]).toMatchObject({
      verdict: "inconclusive",
      swapDisagreement: 0.3,
    });
    const tolerated = await run(judged(contradicts(0.3)), { judge: settings({ swapLimit: 0.3 }) });
    expect(tolerated.evaluation.decisions[0]).toMatchObject({ verdict: "certified" });
  });
});

describe("a judge with a rubric", () => {
  const prose = (id: string): string =>
    `The answer to ${id} is explained at some length here, over the limit of short references.`;
  const withProse = (count: number) =>
    samples(count, { grader: null }).map((one) => ({ ...one, reference: prose(one.id) }));
  const points = (share: number): string => JSON.stringify({ scores: [4 * share, 4 * share, 4 * share] });

  it("grades each answer by itself, with the reference, and equal answers once", async () => {
    const executor = judged(({ answer: text = "" }) => points(text.includes("mini") ? 0.5 : 1));
    const { evaluation, results } = await run(executor, { samples: withProse(10) });
    expect(executor.calls).toHaveLength(20);
    expect(shownIn(executor.calls[0]!)).toMatchObject({ reference: prose("s0000"), points: 4 });
    expect(evaluation.decisions[0]).toMatchObject({ baselineScore: 1, candidateScore: 0.5, family: 2 });
    expect(results[0]).toMatchObject({ score: 1, grader: "judge-rubric" });
    const same = judged(
      () => points(1),
      ({ sampleId }) => sampleId,
    );
    await run(same, { samples: withProse(10) });
    expect(same.calls).toHaveLength(10);
  });

  it("takes criteria and points from the sample's grader", async () => {
    const grader = { kind: "judge", mode: "rubric", criteria: "It rhymes.", points: 2 };
    const executor = judged(() => '{"scores": [1]}');
    const { evaluation } = await run(executor, { samples: samples(3, { grader }) });
    expect(shownIn(executor.calls[0]!)).toMatchObject({ criteria: ["It rhymes."], points: 2 });
    expect(evaluation.decisions[0]).toMatchObject({ baselineScore: 0.5, candidateScore: 0.5 });
  });

  it("is held against labels, with its agreement and bias", async () => {
    const labelled = samples(20).map((one) => ({ ...one, id: `l${one.id}`, grader: "exact" }));
    // The baseline is right, the candidate wrong; the judge lets both pass.
    const say = ({ model, sampleId }: ModelCall): string =>
      sampleId.startsWith("l") && model === BASE.model
        ? `answer ${Number(sampleId.slice(2))}`
        : `other ${sampleId}`;
    const { evaluation } = await run(
      judged(() => points(1), say),
      { samples: [...labelled, ...withProse(5)] },
    );
    const [calibration, ...others] = evaluation.judge!.calibration;
    expect(others).toEqual([]);
    expect(calibration).toMatchObject({ mode: "rubric", samples: 20, agreement: 0.5, bias: 0.5 });
    expect(calibration!.agreementLower).toBeGreaterThan(0.1);
    expect(calibration!.agreementUpper).toBeLessThan(0.9);
    expect(calibration!.biasLower).toBeGreaterThan(0);
    // Labelled samples are graded by their rules all the same.
    expect(evaluation.decisions[0]).toMatchObject({ difference: -20 / 25 });
  });

  it("is asked nothing where rules grade every sample, calibration included", async () => {
    const executor = judged(() => points(1));
    const { evaluation } = await run(executor, { samples: samples(5) });
    expect(executor.calls).toEqual([]);
    expect(evaluation.judge).toMatchObject({ calls: 0, calibration: [] });
  });
});

describe("the judge's calls", () => {
  it("are refused where no judge is named", async () => {
    const executor = judged(() => "");
    const asked = runEvaluation(
      evaluationInputs({ samples: [sample(1, { grader: "judge" })] }),
      evaluationDeps(executor),
    );
    await expect(asked).rejects.toMatchObject({ code: "TOP-RUN-JUDGE", exitCode: 2 });
    expect(executor.asked).toEqual([]);
  });

  it("count against the budget, with what they judge at hand", async () => {
    const executor = judged(prefers("nothing"));
    const inputs = evaluationInputs({ samples: openPrompts(100), judge: settings() });
    // Room for 140 calls at 1e-6 USD, and one more at its worst.
    const deps = evaluationDeps(executor, { ceilings: { usd: 141_000_000n, tokens: null } });
    const { evaluation } = await runEvaluation(inputs, deps);
    expect(evaluation).toMatchObject({ stopped: "budget", complete: false, spentUsd: "0.00014" });
    expect(executor.asked.length + executor.calls.length).toBe(evaluation.paidCalls);
    expect(evaluation.decisions[0]!.n).toBeGreaterThanOrEqual(32);
  });

  it("are journalled: a resumed run asks none of them again and says the same", async () => {
    const folder = temporaryFolder();
    const inputs = evaluationInputs({ samples: openPrompts(30), judge: settings({ repeats: 3 }) });
    const options = { folder, identity: "i", durable: false };
    const first = await openJournal({ ...options, resume: false });
    const whole = await runEvaluation(inputs, evaluationDeps(judged(prefers("mini")), { journal: first }));
    first.close();
    const again = judged(prefers("base"));
    const second = await openJournal({ ...options, resume: true });
    expect(await runEvaluation(inputs, evaluationDeps(again, { journal: second }))).toEqual(whole);
    second.close();
    expect([...again.asked, ...again.calls]).toEqual([]);
  });

  it("decide the same at any concurrency, and with early stopping end at the verdict", async () => {
    const decide = async (concurrency: number) => {
      const inputs = evaluationInputs({ samples: openPrompts(200), judge: settings(), earlyStopping: true });
      return (await runEvaluation(inputs, evaluationDeps(judged(prefers("mini")), { concurrency })))
        .evaluation;
    };
    const one = await decide(1);
    expect(one.decisions[0]).toMatchObject({ verdict: "certified" });
    expect(one.decisions[0]!.n).toBeLessThan(20);
    expect(await decide(7)).toEqual(one);
  });
});
