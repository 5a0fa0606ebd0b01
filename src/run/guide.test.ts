import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runEvaluation } from "./evaluate.js";
import { createReplayExecutor } from "./executors/replay.js";
import { evaluationDeps, evaluationInputs, temporaryFile } from "./fixtures/setup.js";
import { GRADERS } from "./graders/index.js";
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

  it("lists every grader", () => {
    for (const { id } of GRADERS) expect(guide).toContain(`| \`${id}\` |`);
  });
});
