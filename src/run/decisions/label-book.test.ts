import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { EMPTY_ANSWER } from "../contract.js";
import { BASE, MINI, sample } from "../fixtures/setup.js";
import type { Grade } from "../graders/index.js";
import { NO_LABELS } from "../inputs/labels.js";
import { QuestionState } from "./decisions.js";
import { LabelBook } from "./label-book.js";

const side = (score: number | null) => {
  const grade: Grade = { score, grader: "judge-rubric", missing: null };
  return { answer: EMPTY_ANSWER, grade };
};
const pairOf = (id: string) => ({ sample: sample(0, { id }), baseline: BASE, candidate: MINI });

describe("labels that correct a judge", () => {
  it("keep the mean at the labels', whatever the judge says", () => {
    const book = new LabelBook({ count: 500, labels: NO_LABELS, seed: 3 }, 5_000);
    expect(book.chance).toBe(0.1);
    // The judge sees a win everywhere; every label is a loss.
    const known = (ref: unknown) => (ref === MINI ? 0 : 1);
    const values = Array.from({ length: 5_000 }, (_, index) => {
      const judged = { baseline: side(0), candidate: side(1) };
      return book.correct(pairOf(`s${index}`), judged, known).value!;
    });
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(book.bound);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    // Four standard errors of 2 (chosen / p - 1) over 5,000 draws.
    expect(Math.abs(mean + 1)).toBeLessThan(4 * 2 * Math.sqrt(0.9 / 0.1 / 5_000));
  });

  it("are wanted by sample and model where they are missing, and only of samples that were chosen", () => {
    const book = new LabelBook({ count: 50, labels: NO_LABELS, seed: 1 }, 100);
    const ids = Array.from({ length: 100 }, (_, index) => `s${index}`);
    for (const id of ids) book.correct(pairOf(id), { baseline: side(1), candidate: side(1) }, () => null);
    const chosen = ids.filter((id) => book.isChosen({ id }));
    expect(book.wanted).toEqual(
      chosen.map((sampleId) => ({ sampleId, models: ["openai/base-1", "openai/mini-1"] })),
    );
    expect(chosen.length).toBeGreaterThan(30);
    expect(chosen.length).toBeLessThan(70);
  });

  it("take the judge's place altogether where every sample gets one", () => {
    const book = new LabelBook({ count: 100, labels: NO_LABELS, seed: 1 }, 100);
    expect(book).toMatchObject({ chance: 1, bound: 1 });
    const question = { id: "q", baseline: BASE, candidate: MINI, scope: "fleet", margin: 0.1 };
    const state = new QuestionState(
      question,
      {
        alpha: 0.05,
        family: 1,
        margin: 0.1,
        population: "traffic",
        populationSize: null,
        earlyStopping: false,
      },
      { bound: book.bound },
    );
    for (let index = 0; index < 100; index += 1) {
      const graded = { baseline: side(0), candidate: side(1) };
      const known = (ref: unknown) => (ref === MINI ? 0 : 1);
      state.push({ ...graded, corrected: book.correct(pairOf(`p${index}`), graded, known) });
    }
    expect(state.decision()).toMatchObject({ difference: -1, verdict: "rejected" });
  });

  it("choose the same samples and more of them where more are asked for", () => {
    const [few, many] = [10, 40].map((count) => new LabelBook({ count, labels: NO_LABELS, seed: 1 }, 100));
    for (let index = 0; index < 100; index += 1)
      if (few!.isChosen({ id: `s${index}` })) expect(many!.isChosen({ id: `s${index}` })).toBe(true);
  });
});

/** Pairs of judge and label: the labelled difference has mean `truth`; the judge follows it with the given chance. */
function certifiedRuns(options: {
  readonly runs: number;
  readonly truth: number;
  readonly follows: number;
  readonly otherwise: number;
  readonly margin: number;
}): number {
  const { runs, truth, follows, otherwise, margin } = options;
  const PAIRS = 400;
  const LOSS = 0.15 - truth / 2;
  let certified = 0;
  for (let run = 0; run < runs; run += 1) {
    const random = createRandom(`labels ${run}`);
    const book = new LabelBook({ count: PAIRS / 4, labels: NO_LABELS, seed: run }, PAIRS);
    const question = { id: "q", baseline: BASE, candidate: MINI, scope: "fleet", margin };
    const state = new QuestionState(
      question,
      { alpha: 0.05, family: 1, margin, population: "traffic", populationSize: null, earlyStopping: true },
      { bound: book.bound },
    );
    for (let index = 0; index < PAIRS && !state.finished; index += 1) {
      const drawn = random.next();
      const label = drawn < LOSS ? -1 : drawn > 0.7 + LOSS ? 1 : 0;
      const judged = random.next() < follows ? label : otherwise;
      const graded = { baseline: side(0.5 - judged / 2), candidate: side(0.5 + judged / 2) };
      const known = (ref: unknown) => (ref === MINI ? 0.5 + label / 2 : 0.5 - label / 2);
      state.push({ ...graded, corrected: book.correct(pairOf(`p${index}`), graded, known) });
    }
    if (state.isCertified) certified += 1;
  }
  return certified;
}

describe("certificates of a corrected judge, looked at after every pair", () => {
  it.each([
    { judge: "a judge that is always for the candidate", follows: 0, otherwise: 1 },
    {
      judge: "a judge that is right nine times in ten, and else for the candidate",
      follows: 0.9,
      otherwise: 1,
    },
    { judge: "a judge that always ties", follows: 0, otherwise: 0 },
  ])("are false at most as often as alpha allows: $judge", ({ follows, otherwise }) => {
    const runs = 2_000;
    // Labels say exactly the margin is lost: each certificate is false.
    const certified = certifiedRuns({ runs, truth: -0.1, margin: 0.1, follows, otherwise });
    expect(certified / runs).toBeLessThanOrEqual(0.05);
  });

  it("are got for an equivalent candidate with a quarter of its labels, where the judge is good", () => {
    const certified = certifiedRuns({ runs: 200, truth: 0, margin: 0.25, follows: 0.95, otherwise: 0 });
    expect(certified / 200).toBeGreaterThan(0.5);
  });
});
