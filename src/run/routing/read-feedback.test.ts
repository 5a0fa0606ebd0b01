import { describe, expect, it } from "vitest";
import { createPricer } from "../executors/pricer.js";
import { AT, priceBook, sample, temporaryFile } from "../fixtures/setup.js";
import { readRecordedFeedback, readResultFeedback } from "./read-feedback.js";

const lines = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

const result = (sampleId: string, model: string, more: object = {}) => ({
  ...{ sample_id: sampleId, cluster: "c", provider: "openai", model, role: "candidate", response: "yes" },
  ...{ score: 1, grader: "exact", input_tokens: 10, output_tokens: 5, latency_ms: 100, ttft_ms: null },
  ...{ truncated: false, cost_usd: "0.001", status: "ok" },
  ...more,
});

const fromResults = (values: readonly object[], baseline: string | null = null) =>
  readResultFeedback(temporaryFile("results.jsonl", lines(values)), {
    baseline,
    prompts: [sample(0, { id: "a", messages: [{ role: "user", content: "a question" }] })],
  });

describe("reading results to learn from", () => {
  it("puts the baseline first, finds the prompts' wording, and keeps what was not asked apart from what failed", async () => {
    const data = await fromResults([
      result("a", "small"),
      result("a", "base", { role: "baseline", score: 0.5 }),
      result("a", "small", { score: 0 }),
      result("b", "base", { role: "baseline" }),
      result("b", "tiny", { status: "timeout", score: 0, cost_usd: null, response: null }),
    ]);
    expect(data.arms.map(({ model }) => model)).toEqual(["base", "small", "tiny"]);
    const [a, b] = data.samples;
    expect(a).toMatchObject({ id: "a", text: "a question", inputTokens: 10, logged: null });
    expect(a!.answers.map((answer) => answer?.score ?? null)).toEqual([0.5, 1, null]);
    expect(b!.text).toBeNull();
    expect(b!.answers[2]).toMatchObject({ score: 0, cost: 0n });
    expect(a!.answers[0]!.cost).toBe(1_000_000_000n);
  });

  it("leaves out variants, and requests that another baseline answers", async () => {
    const values = [
      result("a", "base", { role: "baseline" }),
      result("a", "small"),
      result("a", "small#int8"),
      result("b", "other", { role: "baseline" }),
      result("b", "small"),
    ];
    await expect(fromResults(values)).rejects.toMatchObject({ code: "TOP-ROUTING-BASELINE", exitCode: 2 });
    const data = await fromResults(values, "openai/base");
    expect(data.arms.map(({ model }) => model)).toEqual(["base", "small"]);
    expect(data.samples.map(({ id }) => id)).toEqual(["a"]);
  });
});

describe("reading a router's log", () => {
  const pricer = createPricer(priceBook(), AT);
  const read = (values: readonly object[]) =>
    readRecordedFeedback(temporaryFile("log.jsonl", lines(values)), pricer, {
      baseline: "base-1",
      prompts: [],
    });
  const line = (sampleId: string, model: string, more: object = {}) => ({
    ...{ sample_id: sampleId, intent: "c", provider: "openai", model, score: 1, propensity: 0.4 },
    ...{ input_tokens: 1_000_000, output_tokens: 0, ...more },
  });

  it("keeps which arm was chosen, with what chance, and prices its tokens from the list", async () => {
    const data = await read([line("a", "mini-1"), line("b", "base-1", { propensity: 0.6 })]);
    expect(data.samples.map(({ logged }) => logged)).toEqual([
      { arm: 1, propensity: 0.4 },
      { arm: 0, propensity: 0.6 },
    ]);
    expect(data.samples[0]!.answers[1]!.cost).toBe(1_000_000_000_000n);
  });

  it.each([
    ["a line without a propensity", [line("a", "mini-1"), line("b", "base-1", { propensity: undefined })]],
    ["two answers to one sample", [line("a", "mini-1"), line("a", "base-1")]],
    ["an answer without a score", [line("a", "base-1", { score: undefined, response: "yes" })]],
  ])("refuses %s", async (_, values) => {
    await expect(read(values)).rejects.toMatchObject({ code: "TOP-ROUTING-LOG" });
  });
});
