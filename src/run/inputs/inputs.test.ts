import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AT, BASE, MINI, priceBook, sample, samples, temporaryFile } from "../fixtures/setup.js";
import {
  drawFor,
  modelsOf,
  parseLiveModel,
  parseModelRef,
  questionsFromFlags,
  questionsFromPlan,
  refLabel,
} from "./questions.js";
import { readRecordings } from "./recordings.js";
import { callOf, readPrompts, readSamples, seededOrder } from "./samples.js";

const lines = (...values: unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join("");
const recorded = (sampleId: string | number, model: string, score: number, more = {}) => ({
  sample_id: sampleId,
  model,
  score,
  ...more,
});

describe("reading recordings", () => {
  it("finds answers by sample and model, with or without a provider", async () => {
    const path = temporaryFile(
      "r.jsonl",
      lines(recorded("a", "m1", 1, { provider: "p" }), recorded("a", "m2", 0), recorded(7, "m1", 0.5)),
    );
    const recordings = await readRecordings(path, 1);
    expect(recordings.find("a", { provider: "", model: "m1" })?.score).toBe(1);
    expect(recordings.find("a", { provider: "p", model: "m1" })?.score).toBe(1);
    expect(recordings.find("a", { provider: "p", model: "m2" })?.score).toBe(0);
    expect(recordings.find("7", { provider: "", model: "m1" })?.score).toBe(0.5);
    expect(recordings.find("b", { provider: "", model: "m1" })).toBeUndefined();
  });

  it("counts a repeated sample and model once, and says how many were left out", async () => {
    const path = temporaryFile("r.jsonl", lines(recorded("a", "m", 1), recorded("a", "m", 0)));
    const recordings = await readRecordings(path, 1);
    expect(recordings.repeated).toBe(1);
    expect(recordings.find("a", { provider: "", model: "m" })?.score).toBe(1);
  });

  it("reads byte order marks, blank lines and carriage returns", async () => {
    const text = `\uFEFF${JSON.stringify(recorded("a", "m", 1))}\r\n\r\n${JSON.stringify(recorded("b", "m", 1))}`;
    expect((await readRecordings(temporaryFile("r.jsonl", text), 1)).samples).toHaveLength(2);
  });

  it.each([
    ['{"sample_id":"a","model":"m","score":1.5}', 'field "score"', "found 1.5"],
    ['{"sample_id":"a","model":"m","score":"my secret"}', 'field "score"', "found text of 9 characters"],
    ['{"sample_id":"a","model":"","score":1}', 'field "model"', "found text of 0 characters"],
    ['{"model":"m","score":1}', 'field "sample_id"', "found nothing"],
    ['{"sample_id":"a","model":"m"}', "r.jsonl:2", 'expected "score"'],
    ["my secret", "r.jsonl:2", "9 characters that are not one JSON value"],
    ['["my secret"]', "r.jsonl:2", "found a list of 1"],
  ])("names file, line and field of %s and keeps its text to itself", async (line, where, found) => {
    const path = temporaryFile("r.jsonl", `${JSON.stringify(recorded("ok", "m", 1))}\n${line}\n`);
    const error = await readRecordings(path, 1).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "TOP-RUN-LINE", exitCode: 2 });
    const text = `${(error as Error).message} ${(error as { found: string }).found}`;
    expect(text).toContain("r.jsonl:2");
    expect(text).toContain(where);
    expect(text).toContain(found);
    expect(text).not.toContain("secret");
  });

  it("says which file is not there", async () => {
    await expect(readRecordings("/nowhere/r.jsonl", 1)).rejects.toMatchObject({
      code: "TOP-RUN-INPUT",
      found: "There is no such file or folder.",
    });
  });

  it("checks graders before anything is graded", async () => {
    const path = temporaryFile(
      "r.jsonl",
      lines({ sample_id: "a", model: "m", response: "x", grader: "guess" }),
    );
    await expect(readRecordings(path, 1)).rejects.toMatchObject({ code: "TOP-RUN-GRADER" });
  });
});

describe("reading samples and prompts", () => {
  const line = (id: string, role: string, order: number) => ({
    id,
    cluster: "c",
    role,
    stratum: "c",
    inclusion_probability: role === "inference" ? 0.5 : null,
    weight: role === "inference" ? 2 : null,
    order,
    provider: "openai",
    model: "base-1",
    messages: [{ role: "user", content: "q" }],
    reference: { inner_key: 1 },
    grader: null,
    max_tokens: null,
  });

  it("lets only inference samples in, in the order that was drawn", async () => {
    const path = temporaryFile(
      "s.jsonl",
      lines(line("b", "inference", 1), line("m", "representative", 0), line("a", "inference", 0)),
    );
    const read = await readSamples(path);
    expect(read.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(read[0]!.reference).toEqual({ inner_key: 1 });
  });

  it("keeps tools and response format for the call, and leaves them out where there are none", async () => {
    const extras = { tools: [{ name: "look", input_schema: {} }], response_format: { type: "json_object" } };
    const kept = { tools: extras.tools, responseFormat: extras.response_format };
    const samplesPath = temporaryFile("s.jsonl", lines({ ...line("a", "inference", 0), ...extras }));
    const promptsPath = temporaryFile("p.jsonl", lines({ id: "a", prompt: "hi", ...extras }));
    for (const [sample] of [await readSamples(samplesPath), await readPrompts(promptsPath, 1)])
      expect(callOf(sample!, { provider: "openai", model: "m" })).toMatchObject({ sampleId: "a", ...kept });
    const turn = { role: "assistant", content: null, tool_calls: [{ id: "x" }] };
    const [talk] = await readPrompts(temporaryFile("t.jsonl", lines({ id: "a", messages: [turn] })), 1);
    expect(talk!.messages).toEqual([turn]);
    const [plain] = await readPrompts(temporaryFile("q.jsonl", lines({ id: "a", prompt: "hi" })), 1);
    expect(Object.keys(callOf(plain!, { provider: "openai", model: "m" }))).not.toContain("tools");
  });

  it("takes a prompt's intent as cluster and its text as a user message", async () => {
    const path = temporaryFile(
      "p.jsonl",
      lines({ event_id: "e1", prompt: "hi", intent: "faq" }, { id: "e2", messages: [] }),
    );
    const read = await readPrompts(path, 1);
    const byId = new Map(read.map((entry) => [entry.id, entry]));
    expect(byId.get("e1")).toMatchObject({ cluster: "faq", messages: [{ role: "user", content: "hi" }] });
    expect(byId.get("e2")).toMatchObject({ cluster: "unknown", model: null });
  });

  it("refuses an id that stands twice: it would count as two pieces of evidence", async () => {
    const path = temporaryFile("p.jsonl", lines({ id: "a", prompt: "x" }, { id: "a", prompt: "y" }));
    await expect(readPrompts(path, 1)).rejects.toMatchObject({ code: "TOP-RUN-SAMPLE-TWICE" });
  });

  it("orders by ids and seed alone", () => {
    const all = samples(30);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 30 }), fc.integer(), (shuffled, seed) => {
        expect(seededOrder(shuffled, seed)).toEqual(seededOrder(all, seed));
      }),
    );
    expect(seededOrder(all, 1)).not.toEqual(seededOrder(all, 2));
  });
});

describe("asking questions", () => {
  const shared = { baseline: BASE, candidates: [MINI], margin: 0.01, samples: samples(4) };

  it("asks once a candidate over the fleet, or once an intent and candidate", () => {
    expect(questionsFromFlags({ ...shared, scope: "fleet" }).map(({ id }) => id)).toEqual([
      "fleet/openai/mini-1",
    ]);
    expect(questionsFromFlags({ ...shared, scope: "intent" }).map(({ scope }) => scope)).toEqual([
      "even",
      "odd",
    ]);
  });

  it.each([[[]], [[BASE]]])("refuses the candidates %j", (candidates) => {
    const ask = (): unknown => questionsFromFlags({ ...shared, candidates, scope: "fleet" });
    expect(ask).toThrowError(expect.objectContaining({ code: "TOP-RUN-CANDIDATES" }));
  });

  it("finds a variant's recordings apart from those of the model as it is", async () => {
    const line = { sample_id: "a", provider: "openai", model: "base-1" };
    const text = [line, { ...line, variant: "int4" }]
      .map((one, score) => JSON.stringify({ ...one, score }))
      .join("\n");
    const recordings = await readRecordings(temporaryFile("r.jsonl", text), 1);
    expect(recordings.find("a", BASE)?.score).toBe(0);
    expect(recordings.find("a", { ...BASE, model: "base-1#int4" })?.score).toBe(1);
    expect(recordings.repeated).toBe(0);
  });

  it("takes questions and margins from a plan as they stand", () => {
    const entry = {
      question: "q1",
      action: "a",
      cluster: "faq",
      baseline: BASE,
      candidate: MINI,
      margin: 0.05,
      variant: null,
    };
    const rest = { requestShare: 0.2, savingUsdMonth: "1", pairsIfAllTie: 71 };
    const fleet = { ...entry, question: "q2", cluster: null, candidate: BASE, variant: "int4" };
    expect(questionsFromPlan({ prove: [entry, fleet].map((one) => ({ ...one, ...rest })) })).toEqual([
      { id: "q1", baseline: BASE, candidate: MINI, scope: "faq", margin: 0.05 },
      {
        ...{ id: "q2", baseline: BASE, candidate: { ...BASE, model: "base-1#int4" } },
        ...{ scope: "openai/base-1", margin: 0.05 },
        ...{ isServed: true, variant: "int4" },
      },
    ]);
  });

  it("reads model names with slashes, and asks back when a name is unknown or stands for several", () => {
    const known = [
      { provider: "", model: "org/model-a" },
      { provider: "p1", model: "b" },
      { provider: "p2", model: "b" },
    ];
    expect(parseModelRef("org/model-a", known)).toEqual(known[0]);
    expect(parseModelRef("p2/b", known)).toEqual(known[2]);
    for (const name of ["b", "c"]) {
      expect(() => parseModelRef(name, known)).toThrowError(
        expect.objectContaining({ code: "TOP-RUN-MODEL" }),
      );
    }
  });

  it("tells the provider of a live model from its prefix, the prompts or the price book", () => {
    const options = {
      providers: ["openai", "anthropic"],
      seen: [{ provider: "openai", model: "own" }],
      book: priceBook(),
      at: AT,
    };
    expect(parseLiveModel("openai/x/y", options)).toEqual({ provider: "openai", model: "x/y" });
    expect(parseLiveModel("own", options)).toEqual({ provider: "openai", model: "own" });
    expect(parseLiveModel("claude-1", options)).toEqual({ provider: "anthropic", model: "claude-1" });
    expect(() => parseLiveModel("nova-9", options)).toThrowError(
      expect.objectContaining({ code: "TOP-RUN-MODEL" }),
    );
  });
});

describe("the models of a run", () => {
  it("are each listed once, prompts' own models included", () => {
    const question = { id: "q", baseline: null, candidate: MINI, scope: "fleet", margin: 0.05 };
    const mixed = [sample(0), sample(1, { model: null }), sample(2, { model: "old-1" })];
    expect(modelsOf([question, { ...question, baseline: BASE }], mixed).map(refLabel)).toEqual([
      "openai/base-1",
      "openai/old-1",
      "openai/mini-1",
    ]);
  });
});

describe("drawing the samples of a question", () => {
  const question = { id: "q", baseline: BASE, candidate: MINI, scope: "fleet", margin: 0.05 };
  const options = { population: "traffic", sampleSize: null, seed: 1 } as const;

  it("keeps to its cluster and to the sample size, in the fixed order", () => {
    const draw = drawFor({ ...question, scope: "odd" }, samples(20), { ...options, sampleSize: 3 });
    expect(draw.samples.map(({ id }) => id)).toEqual(["s0001", "s0003", "s0005"]);
    expect(draw).toMatchObject({ populationSize: 10, thinned: false });
  });

  it("keeps every cluster's share of traffic over the fleet, whatever its share of samples", () => {
    // 2,000 rare prompts, all drawn, against 2,000 of 20,000 common ones: rare is 1/11 of the traffic.
    const stratified = Array.from({ length: 4_000 }, (_, index) =>
      sample(index, {
        cluster: index < 2_000 ? "rare" : "common",
        inclusionProbability: index < 2_000 ? 1 : 0.1,
      }),
    );
    const draw = drawFor(question, stratified, options);
    expect(draw.thinned).toBe(true);
    const rare = draw.samples.filter(({ cluster }) => cluster === "rare").length;
    expect(draw.samples.length - rare).toBe(2_000);
    // Binomial(2000, 0.1): 200 expected, 13.4 standard deviation; five of them either way.
    expect(Math.abs(rare - 200)).toBeLessThan(67);
  });

  it("counts each sample once where the claim is about these samples", () => {
    const stratified = [sample(0, { inclusionProbability: 1 }), sample(1, { inclusionProbability: 0.01 })];
    expect(drawFor(question, stratified, { ...options, population: "samples" }).samples).toHaveLength(2);
  });

  it("leaves out samples that neither side was recorded on, and keeps those that one side was", () => {
    const isRecorded = (id: string): boolean => id === "s0001";
    expect(drawFor(question, samples(3), { ...options, isRecorded }).samples.map(({ id }) => id)).toEqual([
      "s0001",
    ]);
  });
});
