import { describe, expect, it } from "vitest";
import type { ModelSpec } from "../../serving/contract.js";
import { parseUsd } from "../../shared/money.js";
import { priceCells } from "../cells.js";
import {
  bookOf,
  cell,
  limits,
  NO_HARDWARE,
  prefixReuse,
  ROWS,
  rates,
  row,
  workload,
} from "../fixtures/workloads.js";
import { route } from "./route.js";

const book = bookOf();

const toModel = (candidateModel: string, candidateProvider = "acme", model = "large") => ({
  cluster: "chat",
  model: { provider: "acme", model },
  parameters: { candidateProvider, candidateModel },
});

function candidatesOf(...args: Parameters<typeof route.propose>): string[] {
  return route.propose(...args).map(({ parameters }) => parameters.candidateModel);
}

describe("route", () => {
  it("prices the same tokens at the candidate's rates", () => {
    const given = workload([cell()]);

    const after = route.apply(given, toModel("small"), book);

    // 100,000 x 1 + 10,000 x 3 USD a million.
    expect(priceCells(after.workload.cells, book, given.pricedAt)).toBe(parseUsd("0.13"));
    expect(after.touchedRequests).toBe(100);
    expect(after.evidence).toEqual({
      kind: "quality",
      cluster: "chat",
      baseline: { provider: "acme", model: "large" },
      candidate: { provider: "acme", model: "small" },
    });
  });

  it("moves one model of one cluster and nothing else", () => {
    const others = [cell({ cluster: "search" }), cell({ model: "medium" })];

    const after = route.apply(workload([cell(), ...others]), toModel("small"), book).workload.cells;

    expect(after.slice(0, 2)).toEqual(others);
    expect(after[2]).toMatchObject({ model: "small", routedFrom: "acme/large" });
  });

  it("never moves a request twice", () => {
    const once = route.apply(workload([cell()]), toModel("medium"), book).workload;

    const twice = route.apply(once, toModel("small", "acme", "medium"), book);

    expect(twice.workload.cells).toEqual(once.cells);
    expect(twice.touchedRequests).toBe(0);
  });

  it("keeps cached tokens where the candidate has a prompt cache, and bills them as input where not", () => {
    const given = workload([cell({ cachedInputTokens: 60_000, cacheWriteTokens: 5_000 })]);

    expect(route.apply(given, toModel("small"), book).workload.cells[0]).toMatchObject({
      cachedInputTokens: 60_000,
      cacheWriteTokens: 5_000,
    });
    expect(route.apply(given, toModel("large-two"), book).workload.cells[0]).toMatchObject({
      inputTokens: 100_000,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
    });
    expect(route.apply(given, toModel("automatic"), book).workload.cells[0]).toMatchObject({
      cachedInputTokens: 60_000,
      cacheWriteTokens: 0,
    });
  });

  it("bills cached tokens as input where the candidate caches only longer prefixes", () => {
    const strict = row("strict", rates("1", "3", { cachedInput: "0.1" }), {
      promptCache: { minimumTokens: 2048, ttlSeconds: 300 },
    });
    const given = workload([cell({ cachedInputTokens: 60_000 })]);

    const after = route.apply(given, toModel("strict"), bookOf([...ROWS, strict]));

    expect(after.workload.cells[0]).toMatchObject({ cachedInputTokens: 0 });
    expect(after.assumptions.map(({ text }) => text).join()).toContain("billed as plain input");
  });

  it("leaves the batch where the candidate has no batch price", () => {
    const given = workload([cell({ batch: true })]);

    expect(route.apply(given, toModel("small"), book).workload.cells[0]!.batch).toBe(true);
    expect(route.apply(given, toModel("large-two"), book).workload.cells[0]!.batch).toBe(false);
  });

  it("takes the prefix reuse along to a candidate with a prompt cache", () => {
    const given = workload([cell()], { prefixReuse: [prefixReuse()] });

    expect(route.apply(given, toModel("small"), book).workload.prefixReuse).toMatchObject([
      { model: "small", routedFrom: "acme/large", hitTokens: 50_000 },
    ]);
    expect(route.apply(given, toModel("large-two"), book).workload.prefixReuse).toEqual([]);
  });

  describe("context window", () => {
    const tiered = bookOf([
      ...ROWS,
      row("tiered", rates("6", "9"), {
        tiers: [
          { aboveInputTokens: 0, rates: rates("6", "9") },
          { aboveInputTokens: 10_000, rates: rates("12", "18") },
        ],
      }),
    ]);

    it("keeps requests on the baseline that the candidate cannot take", () => {
      const long = cell({ contextClass: 10_000, requests: 10, inputTokens: 200_000 });

      const after = route.apply(workload([cell(), long]), toModel("narrow"), tiered);

      expect(after.workload.cells.map(({ model }) => model)).toEqual(["large", "narrow"]);
      expect(after.touchedRequests).toBe(100);
      expect(after.assumptions.map(({ text }) => text)).toContain(
        "Requests too long for the candidate stay on the baseline.",
      );
    });

    it("moves a class that the window cuts only where requests are short on average", () => {
      const short = workload([cell({ requests: 100, inputTokens: 400_000 })]);
      const middling = workload([cell({ requests: 100, inputTokens: 401_000 })]);

      expect(route.apply(short, toModel("narrow"), tiered).touchedRequests).toBe(100);
      expect(route.apply(middling, toModel("narrow"), tiered).touchedRequests).toBe(0);
    });
  });

  describe("candidates", () => {
    it("are what the policy names, models in use, and cheaper ones of the same class", () => {
      const given = workload([cell(), cell({ cluster: "search", model: "medium" })]);
      const policy = limits({ candidateModels: [{ provider: "acme", model: "small" }] });

      expect(candidatesOf(given, policy, book).slice(0, 3)).toEqual(["small", "medium", "large-two"]);
    });

    it("never cost as much as the baseline on these tokens", () => {
      const given = workload([cell({ model: "small" }), cell({ cluster: "search", model: "large" })]);

      expect(candidatesOf(given, limits(), book)).not.toContain("large");
      expect(candidatesOf(workload([cell({ cachedInputTokens: 100_000 })]), limits(), book)).not.toContain(
        "large-two",
      );
    });

    it("stay within the allowed models", () => {
      const policy = limits({ candidateModels: [{ provider: "other", model: "elsewhere" }] });

      expect(candidatesOf(workload([cell()]), policy, book)).toEqual(["large-two"]);
    });

    it("are priced, and never free trials", () => {
      const trial = row("trial", rates("0", "0"), { listedAsFree: true });
      const named = ["trial", "unheard-of"].map((model) => ({ provider: "acme", model }));

      expect(
        candidatesOf(workload([cell()]), limits({ candidateModels: named }), bookOf([...ROWS, trial])),
      ).toEqual(["large-two"]);
    });
  });

  describe("away from a fleet", () => {
    const hardware = {
      ...NO_HARDWARE,
      model: (name: string) => (name === "own-model" ? ({ capabilityClass: "frontier" } as ModelSpec) : null),
    };
    const withFleet = bookOf(ROWS, hardware);
    const served = cell({ provider: "self", model: "own-model", fleet: "own", cachedInputTokens: 60_000 });
    const given = workload([served, cell({ cluster: "search", model: "small" })]);

    it("leads to models that the policy names and to the cheapest of its class, whatever the fleet costs", () => {
      const policy = limits({ candidateModels: [{ provider: "acme", model: "medium" }] });

      const proposals = route.propose(given, policy, withFleet).filter(({ cluster }) => cluster === "chat");

      expect(proposals.map(({ parameters }) => parameters.candidateModel)).toEqual([
        "medium",
        "large-two",
        "large",
      ]);
    });

    it("is billed by the token again, without the fleet's cache", () => {
      const proposal = { ...toModel("large"), model: { provider: "self", model: "own-model" } };

      const [after] = route.apply(workload([served]), proposal, withFleet).workload.cells;

      expect(after).not.toHaveProperty("fleet");
      expect(after).toMatchObject({ provider: "acme", model: "large", cachedInputTokens: 0, region: null });
    });
  });

  it("keeps to the rules of the tenant that a cluster belongs to", () => {
    const policy = limits({
      allowsModel: (_, model, cluster) => cluster !== "chat@blue" || model !== "small",
    });
    const given = workload([cell({ cluster: "chat@blue" }), cell({ cluster: "chat", model: "small" })]);

    const proposed = route.propose(given, policy, book).filter(({ cluster }) => cluster === "chat@blue");

    expect(proposed.map(({ parameters }) => parameters.candidateModel)).toEqual(["large-two"]);
  });

  it("says that answer lengths are assumed, and token counts too across providers", () => {
    const given = workload([cell()]);
    const texts = (proposal: ReturnType<typeof toModel>) =>
      route.apply(given, proposal, book).assumptions.map(({ text }) => text);

    expect(texts(toModel("large-two"))).toEqual(["The candidate writes answers of the same length."]);
    expect(texts(toModel("elsewhere", "other"))).toContain(
      "Both models split text into equally many tokens.",
    );
  });
});
