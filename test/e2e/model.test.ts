import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type CliResult, tokenop } from "../support/cli.js";
import { type Decision, schemaProblems, writeLines } from "../support/session.js";
import { figuresOf, type ResultLine, sum } from "./model/figures.js";
import { assembleModel, type LocalModel, serveModel } from "./model/local-model.js";
import { PROMPTS } from "./model/prompts.js";
import { type ServedCall, startVariantServer, type VariantServer } from "./model/variant-server.js";
import { BASELINE, CONTEXT, VARIANTS } from "./model/variants.js";

interface Evaluation {
  readonly decisions: readonly (Decision & {
    readonly missing: number;
    readonly latency_ms: { readonly baseline_p50: number; readonly candidate_p50: number };
    readonly cost_usd: { readonly baseline: string; readonly candidate: string };
  })[];
  readonly calls: number;
  readonly calls_fixed_design: number;
  readonly paid_calls: number;
  readonly spent_usd: string;
  readonly spent_tokens: number;
  readonly complete: boolean;
  readonly warnings: readonly string[];
}

interface Run {
  readonly result: CliResult;
  readonly evaluation: Evaluation;
  readonly lines: readonly ResultLine[];
  /** Calls that reached the model during this run. */
  readonly asked: readonly ServedCall[];
}

const CANDIDATES = Object.keys(VARIANTS).filter((name) => name !== BASELINE);
const CALLS = PROMPTS.length * Object.keys(VARIANTS).length;
const MARGIN = 0.05;
// Assumed, since these weights have no list price: USD per million tokens, and the same as pico-USD per token.
const PRICES = {
  ...{ input_usd_per_mtok: 0.05, cached_input_usd_per_mtok: 0.005, output_usd_per_mtok: 0.2 },
  source: "assumed for this test",
};
const PRICE = { input: 50_000, cached: 5_000, output: 200_000 };
// The model runs on whatever machine this is, beside whatever else runs there.
const PATIENCE_MS = 1_200_000;

describe("baseline and candidates on a real small model, live", () => {
  const started = Date.now();
  const running: { stop(): void }[] = [];
  let dir: string;
  let server: VariantServer;
  let first: Run;

  const run = async (...flags: string[]): Promise<Run> => {
    const before = server.served.length;
    const local = (name: string): string => `local/${name}`;
    const result = await tokenop(
      [
        ...["run", "--input", "prompts.jsonl", "--json", "--budget", "1", "--concurrency", "2"],
        ...["--baseline", local(BASELINE), "--candidates", CANDIDATES.map(local).join(",")],
        ...["--provider", `local=http://${server.host}/v1`, ...flags],
      ],
      { cwd: dir },
    );
    const written = await readFile(join(dir, "results.jsonl"), "utf8").catch(() => "");
    return {
      result,
      evaluation: parse(await readFile(join(dir, "evaluation.yaml"), "utf8").catch(() => "{}")),
      lines: written
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as ResultLine),
      asked: server.served.slice(before),
    };
  };
  const runOnSamples = (...flags: string[]): Promise<Run> =>
    run("--population", "samples", "--quality-margin", `${MARGIN}`, "--yes-send-to", server.host, ...flags);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "tokenop-model-"));
    const python = process.env.TOKENOP_MODEL_PYTHON!;
    const path = join(dir, "model.gguf");
    await assembleModel(python, path);
    const serve = async (context: number): Promise<LocalModel> => {
      const model = await serveModel(python, { path, context, slots: 2 });
      running.push(model);
      return model;
    };
    const [large, small] = [await serve(CONTEXT.large), await serve(CONTEXT.small)];
    server = await startVariantServer({ large: large.url, small: small.url });
    running.push(server);
    await writeLines(dir, "prompts.jsonl", PROMPTS);
    const prices = Object.keys(VARIANTS).map((model) => ({ provider: "local", model, ...PRICES }));
    // JSON is YAML.
    await writeFile(join(dir, "prices.yaml"), JSON.stringify({ prices }));
  });

  afterAll(async () => {
    for (const one of running) one.stop();
    if (first !== undefined) report(first, started);
    await rm(dir, { recursive: true, force: true });
  });

  it("sends nothing before consent", async () => {
    const { result, asked } = await run("--population", "samples");
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`--yes-send-to ${server.host}`);
    expect(asked).toEqual([]);
  });

  it("asks every model every prompt once, and decides every question", { timeout: PATIENCE_MS }, async () => {
    first = await runOnSamples();
    expect(first.result, first.result.stderr).toMatchObject({ code: 0 });
    expect(await schemaProblems("evaluation", first.evaluation)).toEqual([]);
    expect(first.asked).toHaveLength(CALLS);
    for (const { call } of answered(first)) {
      expect(call.status).toBe(200);
      expect(call.asked).toMatchObject({ temperature: 0, seed: 1, stream: true });
    }
    expect(first.evaluation).toMatchObject({ complete: true, calls: CALLS, calls_fixed_design: CALLS });
    expect(first.lines).toHaveLength(CALLS);
    const expected = { n: PROMPTS.length, missing: 0, population: "samples" };
    expect(first.evaluation.decisions).toMatchObject(
      CANDIDATES.map((name) => ({ candidate: `local/${name}`, ...expected })),
    );
  });

  it("grades each answer against its reference", () => {
    const references = new Map(PROMPTS.map(({ id, reference }) => [id, `${reference}`.toLowerCase()]));
    for (const { sample_id, response, score, status } of first.lines) {
      const isRight = status === "ok" && response!.trim().toLowerCase() === references.get(sample_id);
      // A number is read out of a longer answer; every other reference is the whole answer.
      if (isRight || !sample_id.startsWith("sums-"))
        expect([sample_id, score]).toEqual([sample_id, +isRight]);
    }
  });

  it("finds the variants that keep the quality, and those that do not, as the answers have it", () => {
    const scoreOf = (model: string): number =>
      sum(first.lines.filter((line) => line.model === model).map(({ score }) => score)) / PROMPTS.length;
    for (const decision of first.evaluation.decisions) {
      const difference = scoreOf(decision.candidate.slice("local/".length)) - scoreOf(BASELINE);
      expect(decision.difference).toBeCloseTo(difference, 10);
      // Every prompt that the claim is about was asked: the verdict is arithmetic.
      expect(decision.verdict).toBe(difference >= -MARGIN ? "certified" : "rejected");
    }
    const verdicts = first.evaluation.decisions.map(({ candidate, verdict }) => [
      candidate.slice(19),
      verdict,
    ]);
    // Three examples do as well as eight. Without any, a base model does not know what is wanted of it.
    expect(Object.fromEntries(verdicts)).toEqual({
      terse: "certified",
      "terse-context-256": "certified",
      "context-256": "rejected",
      bare: "rejected",
      "max-3-tokens": "rejected",
      warm: "rejected",
    });
  });

  it("reads the tokens that the server counted, cached ones included, and prices them exactly", () => {
    for (const { line, call } of answered(first)) {
      const { prompt_tokens: input, completion_tokens: output } = call.usage!;
      const cached = call.usage!.prompt_tokens_details.cached_tokens;
      expect(Math.min(input, output)).toBeGreaterThan(0);
      expect(line).toMatchObject({ input_tokens: input, output_tokens: output });
      const price = (input - cached) * PRICE.input + cached * PRICE.cached + output * PRICE.output;
      expect(picoOf([line])).toBe(BigInt(price));
    }
    const cached = sum(first.asked.map(({ usage }) => usage?.prompt_tokens_details.cached_tokens));
    expect(cached).toBeGreaterThan(0);
    const { spent_tokens, spent_usd } = first.evaluation;
    expect(spent_tokens).toBe(sum(first.lines.flatMap((line) => [line.input_tokens, line.output_tokens])));
    expect(picoOf([{ cost_usd: spent_usd }])).toBe(picoOf(first.lines));
  });

  it("measures the time to the first token and to the last, no shorter than the server's own work", () => {
    for (const { line, call } of answered(first)) {
      const { prompt_ms, predicted_ms } = call.timings!;
      // Our clock counts whole milliseconds. The model must have read a prompt before it can say a word.
      expect(line.latency_ms! + 1).toBeGreaterThanOrEqual(prompt_ms + predicted_ms);
      expect(line.ttft_ms === null).toBe(line.response === "");
      if (line.ttft_ms === null) continue;
      expect(line.ttft_ms + 1).toBeGreaterThanOrEqual(prompt_ms);
      expect(line.ttft_ms).toBeLessThanOrEqual(line.latency_ms!);
    }
    const long = first.lines.filter(({ ttft_ms, output_tokens }) => ttft_ms !== null && output_tokens! > 15);
    expect(long.length).toBeGreaterThan(0);
    for (const { ttft_ms, latency_ms } of long) expect(ttft_ms).toBeLessThan(latency_ms!);
  });

  it("counts a prompt that a small context refuses as a failure of that candidate alone", () => {
    const failed = first.lines.filter(({ status }) => status !== "ok");
    const refused = first.asked.filter(({ status }) => status === 400);
    expect(failed.length).toBeGreaterThan(0);
    expect(refused).toHaveLength(failed.length);
    for (const line of failed) expect(line).toMatchObject({ model: "gemma-3-270m-context-256", score: 0 });
    expect(first.evaluation.paid_calls).toBe(CALLS - failed.length);
  });

  it("says which answers an output limit cut short", () => {
    const cut = first.lines.filter(({ truncated }) => truncated);
    for (const { output_tokens, model } of cut) expect(output_tokens).toBe(model.includes("max-3") ? 3 : 24);
    const short = cut.filter(({ model }) => model.includes("max-3")).length;
    expect(short).toBeGreaterThan(0);
    expect(first.evaluation.warnings).toContainEqual(
      expect.stringContaining(
        `local/gemma-3-270m-max-3-tokens: ${short} of ${PROMPTS.length} answers were cut`,
      ),
    );
  });

  it("pays nothing for the same run again: only refused calls are asked anew", async () => {
    const again = await runOnSamples();
    expect(again.result.code).toBe(0);
    expect(again.asked.map(({ status }) => status)).toEqual(
      first.lines.filter(({ status }) => status !== "ok").map(() => 400),
    );
    expect(again.evaluation).toMatchObject({ paid_calls: 0, spent_tokens: 0 });
    expect(Number(again.evaluation.spent_usd)).toBe(0);
    expect(again.lines).toEqual(first.lines);
    expect(again.evaluation.decisions).toEqual(first.evaluation.decisions);
  });

  it("stops early with fewer calls and no verdict that the whole set contradicts", async () => {
    const early = await runOnSamples("--early-stopping");
    expect(early.evaluation).toMatchObject({ paid_calls: 0, complete: true, calls_fixed_design: CALLS });
    expect(early.evaluation.calls).toBeLessThan(CALLS);
    const decided = early.evaluation.decisions.filter(({ decided_at }) => decided_at !== null);
    expect(decided.length).toBeGreaterThan(0);
    const whole = new Map(first.evaluation.decisions.map(({ question, verdict }) => [question, verdict]));
    for (const { question, verdict } of decided)
      expect([question, verdict]).toEqual([question, whole.get(question)]);
  });

  it("certifies about the traffic at one point only what its bound shows, and says what the rest still needs", async () => {
    const traffic = await run(
      ...["--population", "traffic", "--quality-margin", "0.01", "--yes-send-to", server.host],
    );
    expect(traffic.result.code).toBe(4);
    const { decisions, paid_calls } = traffic.evaluation;
    expect(paid_calls).toBe(0);
    // So few prompts can show that a candidate is better, never that it is as good to one point.
    for (const { verdict, lower, difference } of decisions)
      if (verdict === "certified") {
        expect(lower).toBeGreaterThanOrEqual(-0.01);
        expect(difference).toBeGreaterThan(0.05);
      }
    const open = decisions.filter(({ verdict }) => verdict === "inconclusive");
    expect(open).not.toEqual([]);
    for (const { population, samples_needed } of open) {
      expect(population).toBe("traffic");
      if (samples_needed !== null) expect(samples_needed).toBeGreaterThan(0);
    }
  });
});

/** Every answered line beside the call that the model server saw for it. */
function answered({ lines, asked }: Run): { line: ResultLine; call: ServedCall }[] {
  const sampleOf = new Map(PROMPTS.map(({ id, messages }) => [JSON.stringify(messages), id]));
  const calls = new Map(
    asked.map((call) => [`${call.model} ${sampleOf.get(JSON.stringify(call.asked.messages))}`, call]),
  );
  expect(calls.size).toBe(asked.length);
  return lines
    .filter(({ status }) => status === "ok")
    .map((line) => ({ line, call: calls.get(`${line.model} ${line.sample_id}`)! }));
}

/** The exact sum in pico-USD. */
function picoOf(lines: readonly { readonly cost_usd: string | null }[]): bigint {
  const amounts = lines.map(({ cost_usd }) => {
    const [whole = "0", fraction = ""] = (cost_usd ?? "0").split(".");
    return BigInt(whole) * 10n ** 12n + BigInt(fraction.padEnd(12, "0"));
  });
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function report({ lines, asked, evaluation }: Run, started: number): void {
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  const total = `${asked.length} calls, ${evaluation.spent_tokens} tokens, ${minutes} min in all`;
  const basis = "tokens, times and scores measured; list price assumed";
  process.stdout.write(`\n${figuresOf(lines, asked)}\n${total}; USD ${evaluation.spent_usd} (${basis})\n`);
}
