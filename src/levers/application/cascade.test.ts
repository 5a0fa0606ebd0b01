import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUsd } from "../../shared/money.js";
import { priceCells, sumOf } from "../cells.js";
import { bookOf, cell, limits, prefixReuse, workload } from "../fixtures/workloads.js";
import { cascade } from "./cascade.js";

const book = bookOf();
const toSmall = (escalatedShare: number) => ({
  cluster: "chat",
  model: { provider: "acme", model: "large" },
  parameters: { candidateProvider: "acme", candidateModel: "small", escalatedShare },
});
const named = limits({ candidateModels: [{ provider: "acme", model: "small" }] });

describe("cascade", () => {
  it("bills the cheap model for all requests and today's for the escalated share", () => {
    const given = workload([cell()]);

    const after = cascade.apply(given, toSmall(0.3), book);

    // 0.13 USD on small for all, and 0.3 of 1.30 USD on large.
    expect(priceCells(after.workload.cells, book, given.pricedAt)).toBe(parseUsd("0.52"));
    expect(after.workload.cells.map(({ model, requests }) => [model, requests])).toEqual([
      ["small", 100],
      ["large", 30],
    ]);
    expect(after.touchedRequests).toBe(100);
    expect(after.evidence).toMatchObject({
      ...{
        kind: "quality",
        baseline: { model: "large" },
        candidate: { model: "small" },
        variant: "cascade:0.3",
      },
    });
  });

  it("moves no request twice, neither the cheap nor the escalated ones", () => {
    const once = cascade.apply(workload([cell()]), toSmall(0.3), book).workload;

    expect(cascade.apply(once, toSmall(0.5), book).workload.cells).toEqual(once.cells);
  });

  it("claims prompt-cache reuse on the cheap model only", () => {
    const given = workload([cell()], { prefixReuse: [prefixReuse()] });

    expect(cascade.apply(given, toSmall(0.1), book).workload.prefixReuse.map(({ model }) => model)).toEqual([
      "small",
    ]);
  });

  it("rounds the escalated part up, kind by kind, and never beyond the whole", () => {
    const count = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(count, count, count, fc.constantFrom(0.1, 0.3, 0.5), (input, cached, output, share) => {
        fc.pre(cached <= input);
        const given = cell({
          requests: 30,
          inputTokens: input,
          cachedInputTokens: cached,
          outputTokens: output,
        });

        const escalated = cascade.apply(workload([given]), toSmall(share), book).workload.cells[1]!;

        expect(escalated.requests).toBe(Math.round(30 * share));
        expect(escalated.outputTokens).toBe(Math.ceil((output * Math.round(share * 100)) / 100));
        expect(escalated.inputTokens).toBeLessThanOrEqual(input);
        expect(escalated.inputTokens).toBeGreaterThanOrEqual(Math.floor(input * share));
        expect(escalated.cachedInputTokens).toBeLessThanOrEqual(escalated.inputTokens);
      }),
    );
  });

  it("says that calls grow: the escalated ones are asked twice", () => {
    const after = cascade.apply(workload([cell()]), toSmall(0.3), book);

    expect(sumOf(after.workload.cells, ({ requests }) => requests)).toBe(130);
    expect(after.assumptions[0]).toMatchObject({
      text: expect.stringMatching(/30 of 100 .* asked twice/),
      basis: "assumed",
    });
  });

  it("is proposed for the cheapest first models, at the shares that still save", () => {
    const proposed = cascade.propose(workload([cell()]), named, book);

    // large-two costs 0.8 of large: with any share it is dearer than large alone, but for a tenth.
    expect(
      proposed.map(({ parameters: { candidateModel, escalatedShare } }) => [candidateModel, escalatedShare]),
    ).toEqual([
      ["small", 0.1],
      ["small", 0.3],
      ["small", 0.5],
      ["large-two", 0.1],
    ]);
    expect(cascade.propose(workload([cell({ fleet: "own" })]), named, book)).toEqual([]);
    expect(cascade.propose(workload([cell({ model: "small" })]), named, book)).toEqual([]);
  });
});
