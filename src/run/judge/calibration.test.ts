import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import type { Executor, ModelAnswer, ModelCall } from "../contract.js";
import type { AnsweredPair } from "../decisions/decisions.js";
import { QuestionState } from "../decisions/decisions.js";
import { runEvaluation } from "../evaluate.js";
import { answer, BASE, evaluationDeps, evaluationInputs, MINI, samples } from "../fixtures/setup.js";

const JUDGE = {
  model: { provider: "anthropic", model: "claude-1" },
  repeats: 1,
  swapLimit: 0.2,
  calibration: 60,
};

type Shown = { readonly answer?: string; readonly answer_a?: string };

/** A judge, and models that are right on labelled samples: the baseline on three in four, the candidate on half. */
function executorOf(opinion: (shown: Shown) => string): Executor {
  const execute = async (call: ModelCall): Promise<ModelAnswer> => {
    if (call.part !== undefined)
      return answer({ text: opinion(JSON.parse(String(call.messages[1]!.content))) });
    const index = Number(call.sampleId.slice(1));
    const isRight = call.model === MINI.model ? index % 4 < 2 : index % 4 < 3;
    return answer({ text: `${isRight ? "right" : "wrong"} ${call.model} ${index}` });
  };
  return { mode: "live", hosts: ["h"], worstCase: () => ({ tokens: 10, cost: 1n }), execute };
}

const labelled = samples(60, { grader: { kind: "contains" }, reference: "right" });
const open = samples(60, { grader: null, reference: undefined }).map((one) => ({
  ...one,
  id: `x${one.id.slice(1)}`,
}));
const prose =
  "A reference that is long enough to be prose, and so is judged by a rubric and not word for word.";
const withProse = open.map((one) => ({ ...one, reference: prose }));

async function evaluate(judged: typeof open, opinion: (shown: Shown) => string) {
  const inputs = evaluationInputs({ samples: [...labelled, ...judged], judge: JUDGE });
  return (await runEvaluation(inputs, evaluationDeps(executorOf(opinion)))).evaluation;
}

const points = (share: number): string => JSON.stringify({ scores: [4 * share, 4 * share, 4 * share] });
const winner = (text: string): string => JSON.stringify({ winner: text });

describe("a judge's discrimination", () => {
  it("is 1 for a rubric judge that agrees with every label", async () => {
    const { judge, decisions } = await evaluate(withProse, ({ answer: text = "" }) =>
      points(text.includes("right") ? 1 : 0),
    );
    expect(judge!.calibration).toMatchObject([
      { mode: "rubric", samples: 60, agreement: 1, discrimination: 1, bias: 0 },
    ]);
    expect(judge!.calibration[0]!.discriminationLower).toBeGreaterThan(0.3);
    expect(decisions[0]).toMatchObject({ fallback: false });
  });

  it("is 0 for one that passes everything, however often the labels agree with that", async () => {
    const { judge } = await evaluate(withProse, () => points(1));
    const [calibration] = judge!.calibration;
    // Of both models' answers five in eight are right; of four samples two have a bad answer.
    expect(calibration).toMatchObject({ agreement: 0.625, discrimination: 0, decisive: 30, bias: 0.375 });
    expect(calibration!.discriminationUpper).toBeLessThan(0.5);
  });

  it("is of pairs the mean preference for the better label; one that sees ties alone certifies nothing", async () => {
    const good = await evaluate(open, ({ answer_a = "" }) => winner(answer_a.includes("right") ? "A" : "B"));
    expect(good.judge!.calibration[0]).toMatchObject({ mode: "pairwise", decisive: 15, discrimination: 1 });
    const blind = await evaluate(
      [...open, ...open.map((one) => ({ ...one, id: `y${one.id.slice(1)}` }))],
      () => winner("tie"),
    );
    expect(blind.judge!.calibration[0]).toMatchObject({ discrimination: 0, agreement: 0.75 });
    expect(blind.warnings.join()).toContain("not shown to tell good answers from bad");
  });

  it("decides once it is shown to be too small: rules, or nothing", async () => {
    const many = samples(400, { grader: { kind: "contains" }, reference: "right" });
    const run = async (judged: typeof open) => {
      const inputs = evaluationInputs({
        samples: [...many, ...judged],
        judge: { ...JUDGE, calibration: 400 },
      });
      const shown = await runEvaluation(inputs, evaluationDeps(executorOf(() => points(1))));
      return shown.evaluation.decisions[0]!;
    };
    const byRules = await run(withProse);
    expect(byRules).toMatchObject({ fallback: true, family: 2 });
    expect(byRules.explanation).toContain("tells good answers from bad by at most");
    expect(byRules.graders!.map(({ grader }) => grader)).toContain("rules:rouge-l");
  });

  it("is unknown without a label that tells", async () => {
    const agreeing = samples(20, { grader: { kind: "contains" }, reference: "mini-1" }).map((one, index) => ({
      ...one,
      id: `s${String(4 * index).padStart(4, "0")}`,
      reference: "right",
    }));
    const inputs = evaluationInputs({ samples: [...agreeing, ...withProse], judge: JUDGE });
    const { evaluation } = await runEvaluation(inputs, evaluationDeps(executorOf(() => points(1))));
    expect(evaluation.judge!.calibration[0]).toMatchObject({ decisive: 0, discrimination: null });
    expect(evaluation.warnings.join()).toContain("lower bound none");
  });
});

describe("two tests that share alpha, of which the judge's contradictions choose one", () => {
  it("certify a false claim at most as often as alpha allows, looked at after every pair", () => {
    const [runs, pairs, margin] = [2_000, 200, 0.1];
    const question = { id: "q", baseline: BASE, candidate: MINI, scope: "fleet", margin };
    let wrong = 0;
    for (let run = 0; run < runs; run += 1) {
      const random = createRandom(`fallback ${run}`);
      const state = new QuestionState(
        question,
        { alpha: 0.05, family: 1, margin, population: "traffic", populationSize: null, earlyStopping: true },
        { swapLimit: 0.2, hasRules: true },
      );
      const draw = (): number => {
        const uniform = random.next();
        return uniform < 0.15 ? -1 : uniform < 0.2 ? 1 : 0;
      };
      while (state.pairs < pairs && !state.finished) {
        const [judged, ruled] = [draw(), draw()];
        const side = (score: number) => ({ score, grader: "judge-pairwise", missing: null });
        const both = (difference: number) => ({
          baseline: side(0.5 - difference / 2),
          candidate: side(0.5 + difference / 2),
        });
        const grades = both(judged);
        const pair: AnsweredPair = {
          baseline: { answer: answer(), grade: grades.baseline },
          candidate: { answer: answer(), grade: grades.candidate },
          // Contradictions come about as often as the limit, and where the judge saw a loss: the choice follows the data.
          judged: { rules: both(ruled), isContradicted: judged < 0 || random.next() < 0.06 },
        };
        state.push(pair);
      }
      if (state.isCertified) wrong += 1;
    }
    expect(wrong / runs).toBeLessThanOrEqual(0.05);
  });
});
