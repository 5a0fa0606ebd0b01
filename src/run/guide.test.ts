import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runEvaluation } from "./evaluate.js";
import { createReplayExecutor } from "./executors/replay.js";
import { grade } from "./fixtures/grade.js";
import { evaluationDeps, evaluationInputs, temporaryFile } from "./fixtures/setup.js";
import { checkGrader, GRADERS } from "./graders/index.js";
import { parseModelRef, questionsFromFlags } from "./inputs/questions.js";
import { readRecordings } from "./inputs/recordings.js";

const guide = readFileSync(new URL("../../docs/guide/run.md", import.meta.url), "utf8");

describe("the guide to run", () => {
  it("shows a recordings file that gives the result it states", async () => {
    const example = /```jsonl\n([\s\S]*?)```/.exec(guide)![1]!;
    const recordings = await readRecordings(temporaryFile("recordings.jsonl", example), 1);
    const questions = questionsFromFlags({
      baseline: parseModelRef("big", recordings.models),
      candidates: [parseModelRef("small", recordings.models)],
      scope: "fleet",
      margin: 0.01,
      samples: recordings.samples,
    });
    const inputs = evaluationInputs({ questions, samples: recordings.samples, population: "samples" });
    const { evaluation } = await runEvaluation(
      inputs,
      evaluationDeps(createReplayExecutor(recordings, null)),
    );
    expect(evaluation.decisions[0]).toMatchObject({ verdict: "rejected", n: 4, missing: 0 });
    expect(evaluation.decisions[0]!.difference).toBeCloseTo(-0.2625, 12);
  });

  it("states the scores of its worked examples", async () => {
    const row = /^\| `([a-z0-9-]+)`(?:, `(.+?)`)? \| `(.+?)` \| `(.+?)` \| (\d+)\/(\d+)/gm;
    const examples = [...guide.matchAll(row)];
    expect(examples).toHaveLength(6);
    for (const [, kind, options, reference, answer, part, whole] of examples) {
      const grader = { kind: kind!, ...JSON.parse(`{${options ?? ""}}`) };
      const wanted = reference!.startsWith("[") ? JSON.parse(reference!) : reference;
      expect(await grade(grader, answer!, wanted)).toBeCloseTo(Number(part) / Number(whole), 12);
    }
  });

  it("shows prompts for the graders that run programs", () => {
    const lines = /```json\n({"id": "t-1"[\s\S]*?)```/.exec(guide)![1]!.trim().split("\n");
    const graders = lines.map((line) => checkGrader(JSON.parse(line).grader, "s").grader.id);
    expect(graders).toEqual(["command", "code"]);
  });

  it("lists every grader", () => {
    for (const { id } of GRADERS) expect(guide).toContain(`| \`${id}\` |`);
  });
});
