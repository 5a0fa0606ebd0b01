import { describe, expect, it } from "vitest";
import { parseUsd, picoPerToken } from "../../shared/money.js";
import { priceCells } from "../cells.js";
import { bookOf, cell, limits, ROWS, rates, row, workload } from "../fixtures/workloads.js";
import { distillation } from "./distillation.js";

const fineTuning = { model: "ft:small", trainingRate: picoPerToken("5"), verified: true };
const book = bookOf([
  ...ROWS.filter(({ model }) => model !== "small"),
  row("small", rates("1", "3"), { fineTuning }),
  row("ft:small", rates("2", "6")),
]);

/** 10,000 requests of 1,000 input and 100 output tokens over a month. */
const busy = cell({ requests: 10_000, inputTokens: 10_000_000, outputTokens: 1_000_000 });
const proposal = {
  cluster: "chat",
  model: { provider: "acme", model: "large" },
  parameters: {
    ...{
      candidateProvider: "acme",
      candidateModel: "ft:small",
      student: "small",
      trainingExamples: 2000,
      epochs: 3,
    },
  },
};

describe("distillation", () => {
  it("bills the tuned model's rates, and training once", () => {
    const given = workload([busy]);

    const after = distillation.apply(given, proposal, book);

    // 10 million x 2 + 1 million x 6 USD a million; 2,000 x 1,100 tokens x 3 epochs at 5 USD a million.
    expect(priceCells(after.workload.cells, book, given.pricedAt)).toBe(parseUsd("26"));
    expect(after.oneOff).toBe(parseUsd("33"));
    expect(after.assumptions[0]!.text).toMatch(
      /small is trained on 2000 .* 6600000 tokens, USD 33\.00 once\. /,
    );
    expect(after.evidence).toMatchObject({
      ...{ kind: "quality", candidate: { provider: "acme", model: "ft:small" }, variant: "distilled" },
    });
  });

  it("says so where the training rate is second-hand", () => {
    const doubtful = bookOf([
      row("small", rates("1", "3"), { fineTuning: { ...fineTuning, verified: false } }),
      row("ft:small", rates("2", "6")),
    ]);

    expect(distillation.apply(workload([busy]), proposal, doubtful).assumptions[0]!.text).toContain(
      "second-hand rate",
    );
  });

  it("is proposed where a year of savings pays for the training", () => {
    expect(distillation.propose(workload([busy]), limits(), book)).toEqual([proposal]);
  });

  it.each([
    { name: "too few requests were observed to learn from", given: workload([{ ...busy, requests: 1_999 }]) },
    // The requests of a month spread over a hundred: 12.48 USD a year, training costs 33.
    { name: "a year does not pay for it", given: workload([busy], { hours: 73_000 }) },
    { name: "a fleet answers", given: workload([{ ...busy, fleet: "own" }]) },
    { name: "the model is the student itself", given: workload([{ ...busy, model: "small" }]) },
    { name: "the model is tuned already", given: workload([{ ...busy, model: "ft:small" }]) },
  ])("is not proposed where $name", ({ given }) => {
    expect(distillation.propose(given, limits(), book)).toEqual([]);
  });

  it("keeps to the policy, which may deny the student or the tuned model", () => {
    const without = (denied: string) => limits({ allowsModel: (_, model) => model !== denied });

    expect(distillation.propose(workload([busy]), without("small"), book)).toEqual([]);
    expect(distillation.propose(workload([busy]), without("ft:small"), book)).toEqual([]);
  });
});
