import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openAiReply, type Received, type Reply } from "../../src/run/fixtures/provider-server.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { type EchoProvider, startEchoProvider } from "../support/echo-provider.js";
import { type RunJson, readEvaluation, schemaProblems, writeLines } from "../support/session.js";

const providers: EchoProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.close();
});

const CANARY = "canary-reference-7f3a";
/** Long enough not to be compared word for word. */
const prose = (index: number): string =>
  `${CANARY} ${index}: the parcel leaves the store on the next working day, as agreed with them.`;

/** Answers prompts by model and number, judges by the letter, and turns texts into vectors of their first word. */
const reply = ({ path, body }: Received): Reply => {
  if (path.endsWith("/embeddings")) {
    const axis = String(body.input).includes("large") ? 0 : 1;
    return { body: { data: [{ embedding: axis === 0 ? [1, 0] : [0.6, 0.8] }], usage: { prompt_tokens: 7 } } };
  }
  const messages = body.messages as { role: string; content: string }[];
  const user = messages.at(-1)!.content;
  if (!user.startsWith("{")) return openAiReply(`${body.model} ${user}`);
  const shown = JSON.parse(user) as { points?: number; answer?: string; answer_a?: string };
  if (shown.points !== undefined)
    return openAiReply(JSON.stringify({ scores: shown.answer!.includes("large") ? [4, 4, 4] : [4, 4, 2] }));
  return openAiReply(JSON.stringify({ winner: shown.answer_a!.includes("large") ? "A" : "B" }));
};

async function start(): Promise<EchoProvider> {
  const provider = await startEchoProvider({ instead: reply });
  providers.push(provider);
  return provider;
}

const SAMPLES = 12;

/** A workspace with prompts, one host for the models that answer them and another for grading. */
async function setUp(extras: (index: number) => object = () => ({})) {
  const dir = await temporaryFolder();
  const prompts = Array.from({ length: SAMPLES }, (_, index) => ({
    id: `p${index}`,
    prompt: `Say ${index}.`,
    ...extras(index),
  }));
  await writeLines(dir, "prompts.jsonl", prompts);
  return { dir, models: await start(), grading: await start() };
}

async function ask(
  dir: string,
  models: EchoProvider,
  grading: EchoProvider,
  ...flags: string[]
): Promise<CliResult> {
  return tokenop(
    [
      ...[
        "run",
        "--input",
        "prompts.jsonl",
        "--population",
        "samples",
        "--json",
        "--max-tokens-total",
        "10000000",
      ],
      ...["--baseline", "mine/large", "--candidates", "mine/small", "--provider", `mine=${models.url}/v1`],
      ...["--provider", `other=${grading.url}/v1`, ...flags],
    ],
    { cwd: dir },
  );
}

describe("a run with a judge", () => {
  it("sends nothing to the judge's host without consent, and says what it would get", async () => {
    const { dir, models, grading: judge } = await setUp();
    const flags = ["--judge", "other/judge-1", "--yes-send-to", models.host];
    const refused = await ask(dir, models, judge, ...flags);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("TOP-RUN-CONSENT");
    expect(refused.stderr).toContain(`${judge.host} would get as judge the messages of samples, the answers`);
    const dry = await ask(dir, models, judge, ...flags, "--dry-run");
    expect(dry.code).toBe(0);
    const { message, estimate } = dry.json<RunJson>();
    expect(message).toContain(`${judge.host} would get as judge`);
    expect(message).toContain("up to 24 calls for grades");
    expect(estimate).toMatchObject({ calls: 24, grading_calls: 24 });
    expect([...models.received, ...judge.received]).toEqual([]);
  });

  it("judges in swapped pairs, keeps each opinion, and pays for none of them twice", async () => {
    const { dir, models, grading: judge } = await setUp();
    const flags = ["--judge", "other/judge-1", "--judge-repeats", "3"];
    const consent = ["--yes-send-to", `${models.host},${judge.host}`];
    const result = await ask(dir, models, judge, ...flags, ...consent);
    expect(result.code, result.stderr).toBe(0);
    const run = result.json<RunJson>();
    expect(run).toMatchObject({ paid_calls: 24 + 72, decisions: [{ verdict: "rejected", difference: -1 }] });
    expect(judge.received).toHaveLength(72);
    expect(new Set(judge.received.map(({ body }) => body.seed)).size).toBe(3);
    expect(JSON.stringify(judge.received.map(({ body }) => body.messages))).not.toContain("baseline");
    const evaluation = await readEvaluation(dir);
    const stamp = { created_at: "2026-01-01T00:00:00Z", tokenop_version: "0", directory: "." };
    expect(await schemaProblems("evaluation", { ...evaluation, run: stamp })).toEqual([]);
    expect(evaluation).toMatchObject({
      judge: { model: "other/judge-1", repeats: 3, calls: 72, swapped: 12, contradicted: 0, calibration: [] },
    });
    const again = await ask(dir, models, judge, ...flags, ...consent);
    expect(again.json<RunJson>()).toMatchObject({ paid_calls: 0, decisions: run.decisions });
    expect(judge.received).toHaveLength(72);
  });

  it("grades by a rubric beside a reference, which only the judge gets, and calibrates on labels", async () => {
    const {
      dir,
      models,
      grading: judge,
    } = await setUp((index) => ({
      reference: index < 6 ? `large Say ${index}.` : prose(index),
    }));
    const flags = ["--judge", "other/judge-1", "--yes-send-to", `${models.host},${judge.host}`];
    const result = await ask(dir, models, judge, ...flags);
    expect(result.code, result.stderr).toBe(0);
    expect(JSON.stringify(models.received)).not.toContain(CANARY);
    expect(JSON.stringify(judge.received)).toContain(CANARY);
    const evaluation = await readEvaluation(dir);
    // Both pass the judge's mark, and the label only the baseline.
    expect(evaluation).toMatchObject({
      judge: { calibration: [{ mode: "rubric", samples: 6, agreement: 0.5 }] },
    });
    expect(JSON.stringify(evaluation)).not.toContain(CANARY);
    expect(result.stdout + result.stderr).not.toContain(CANARY);
  });

  it("judges recorded answers live, and pays for the judge alone", async () => {
    const judge = await start();
    const dir = await temporaryFolder();
    const lines = ["large", "small"].flatMap((model) =>
      Array.from({ length: SAMPLES }, (_, index) => ({
        ...{
          sample_id: `r${index}`,
          model,
          response: `${model} ${index}`,
          reference: prose(index),
          cost_usd: 0.5,
        },
      })),
    );
    await writeLines(dir, "recordings.jsonl", lines);
    const result = await tokenop(
      [
        ...["run", "--mode", "replay", "--recordings", "recordings.jsonl", "--baseline", "large", "--json"],
        ...["--candidates", "small", "--population", "samples", "--quality-margin", "0.2"],
        ...[
          "--provider",
          `other=${judge.url}/v1`,
          "--judge",
          "other/judge-1",
          "--max-tokens-total",
          "1000000",
        ],
        ...["--yes-send-to", judge.host],
      ],
      { cwd: dir },
    );
    expect(result.code, result.stderr).toBe(0);
    expect(result.json<RunJson>()).toMatchObject({
      paid_calls: 24,
      spent_usd: 0,
      decisions: [{ verdict: "certified" }],
    });
    const [journal] = await readdir(join(dir, ".tokenop/journal"));
    const kept = await readFile(join(dir, ".tokenop/journal", journal!), "utf8");
    expect(kept.trimEnd().split("\n")).toHaveLength(1 + 24);
  });

  it("refuses an even number of opinions", async () => {
    const { dir, grading: judge } = await setUp();
    const result = await ask(dir, judge, judge, "--judge", "other/judge-1", "--judge-repeats", "2");
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("TOP-RUN-JUDGE-REPEATS");
  });
});

describe("few labels", () => {
  it("are asked for by id, and correct the judge once they are given", async () => {
    const { dir, models, grading: judge } = await setUp();
    const flags = ["--judge", "other/judge-1", "--yes-send-to", `${models.host},${judge.host}`];
    const labelled = ["--population", "traffic", "--labels", "6"];
    const first = await ask(dir, models, judge, ...flags, ...labelled);
    expect(first.code, first.stderr).toBe(4);
    const { labels } = (await readEvaluation(dir)) as unknown as {
      labels: { chance: number; wanted: { sample_id: string; models: string[] }[] };
    };
    expect(labels.chance).toBe(0.5);
    expect(labels.wanted.length).toBeGreaterThan(0);
    expect(labels.wanted[0]!.models).toEqual(["mine/large", "mine/small"]);
    const given = labels.wanted.flatMap(({ sample_id, models: names }) =>
      names.map((model) => ({ sample_id, model, score: 1 })),
    );
    await writeLines(dir, "labels.jsonl", given);
    const second = await ask(dir, models, judge, ...flags, ...labelled, "--labels-file", "labels.jsonl");
    const evaluation = (await readEvaluation(dir)) as unknown as {
      labels: { wanted: unknown[] };
      decisions: { difference: number; missing: number; explanation: string }[];
    };
    expect(evaluation.labels.wanted).toEqual([]);
    // Every label says that nothing was lost, where the judge says that all was: -1 each, + 1 / p on the chosen.
    const chosen = labels.wanted.length;
    expect(evaluation.decisions[0]).toMatchObject({ missing: 0 });
    expect(evaluation.decisions[0]!.difference).toBeCloseTo((-12 + 2 * chosen) / 12, 9);
    expect(evaluation.decisions[0]!.explanation).toContain("Points are the labels'");
    expect(second.json<RunJson>().paid_calls).toBe(0);
  });

  it("are refused where there is no judge to correct, and where two of them disagree", async () => {
    const { dir, models } = await setUp((index) => ({ reference: `${index}` }));
    const consent = ["--yes-send-to", models.host];
    const alone = await ask(dir, models, models, ...consent, "--labels", "6");
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain("TOP-RUN-LABELS");
    const line = { sample_id: "p1", model: "mine/large" };
    await writeLines(dir, "labels.jsonl", [
      { ...line, score: 1 },
      { ...line, score: 0 },
    ]);
    const twice = await ask(
      dir,
      models,
      models,
      ...consent,
      "--labels",
      "6",
      "--labels-file",
      "labels.jsonl",
    );
    expect(twice.stderr).toContain("TOP-RUN-LABEL-TWICE");
  });
});

describe("the embedding grader", () => {
  const graded = (index: number) => ({
    reference: `large ${index}`,
    grader: { kind: "embedding", zero_at: 0.2 },
  });

  it("compares vectors of answer and reference, each asked once", async () => {
    const { dir, models, grading: other } = await setUp(graded);
    const flags = ["--embedding-model", "other/embed-1", "--yes-send-to", `${models.host},${other.host}`];
    const result = await ask(dir, models, other, ...flags, "--quality-margin", "0.6");
    expect(result.code, result.stderr).toBe(0);
    // Cosines 1 and 0.6, stretched from 0.2.
    expect(result.json<RunJson>().decisions).toMatchObject([
      { baseline_score: expect.closeTo(1, 6), candidate_score: expect.closeTo(0.5, 6) },
    ]);
    expect(other.received).toHaveLength(3 * SAMPLES);
    expect(other.received[0]).toMatchObject({ path: "/v1/embeddings", body: { model: "embed-1" } });
  });

  it("falls back to likeness of wording without a model, and says so", async () => {
    const { dir, models } = await setUp(graded);
    const result = await ask(dir, models, models, "--yes-send-to", models.host);
    const evaluation = await readEvaluation(dir);
    expect(JSON.stringify(evaluation)).toContain("embedding-lexical");
    expect(result.json<RunJson>().decisions[0]!.explanation).toContain("likeness of wording");
  });

  it("is refused at a provider without embeddings", async () => {
    const { dir, models } = await setUp(graded);
    const result = await ask(dir, models, models, "--embedding-model", "anthropic/claude-1");
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("TOP-RUN-EMBEDDING-WIRE");
  });
});
