import { describe, expect, it } from "vitest";
import { runEvaluation } from "../evaluate.js";
import {
  evaluationDeps,
  evaluationInputs,
  sample,
  samples,
  scriptedExecutor,
  testContext,
} from "../fixtures/setup.js";
import type { GraderSpec } from "../graders/index.js";

const program = (body: string): GraderSpec => ({
  kind: "command",
  command: [
    process.execPath,
    "-e",
    `const input = JSON.parse(require("fs").readFileSync(0, "utf8")); ${body}`,
  ],
});
const EQUAL = program("console.log(input.response === input.reference ? 1 : 0)");

/** The candidate is wrong on every third sample. */
const losing = () =>
  scriptedExecutor((call) => call.model === "mini-1" && Number(call.sampleId.slice(1)) % 3 === 0);

describe("grading by programs", () => {
  it("decides as the same grades from a pure grader do, whatever the concurrency", async () => {
    const decide = async (grader: GraderSpec, concurrency: number) => {
      const inputs = evaluationInputs({ samples: samples(12, { grader }) });
      const deps = evaluationDeps(losing(), { allowExec: true, concurrency });
      return (await runEvaluation(inputs, deps)).evaluation.decisions;
    };
    const pure = await decide("exact", 1);
    expect(pure[0]).toMatchObject({ n: 12, missing: 0, candidateScore: 8 / 12 });
    expect(await decide(EQUAL, 1)).toEqual(pure);
    expect(await decide(EQUAL, 4)).toEqual(pure);
  });

  it("is refused before anything is asked", async () => {
    const executor = scriptedExecutor();
    const run = runEvaluation(
      evaluationInputs({ samples: samples(3, { grader: EQUAL }) }),
      evaluationDeps(executor),
    );
    await expect(run).rejects.toMatchObject({ code: "TOP-RUN-EXEC", exitCode: 2 });
    expect(executor.asked).toEqual([]);
  });

  it("counts a program's failures as missing and says why, without what it printed", async () => {
    const failing = program(
      'console.error(input.response); process.exit(input.response === "wrong" ? 9 : 0)',
    );
    const mixed = samples(6, { grader: "exact" }).map((one, index) =>
      index === 0 ? { ...one, grader: failing } : one,
    );
    const { evaluation } = await runEvaluation(
      evaluationInputs({ samples: mixed }),
      evaluationDeps(losing(), { allowExec: true }),
    );
    expect(evaluation.decisions[0]).toMatchObject({ n: 6, missing: 1 });
    expect(evaluation.warnings).toEqual([
      "fleet/mini-1: 1 of 6 pairs have no grade (grader command printed no number from 0 to 1).",
    ]);
  });

  it("stops at an interruption with the pairs that were graded", async () => {
    const controller = new AbortController();
    const slow = program("setInterval(() => {}, 1000)");
    const list = [...samples(8, { grader: "exact" }), sample(8, { grader: slow }), sample(9)];
    setTimeout(() => controller.abort(new Error("interrupted")), 150);
    const { evaluation, results } = await runEvaluation(
      evaluationInputs({ samples: list }),
      evaluationDeps(scriptedExecutor(), {
        allowExec: true,
        concurrency: 1,
        context: testContext({ signal: controller.signal }),
      }),
    );
    expect(evaluation).toMatchObject({ complete: false, stopped: "interrupted" });
    expect(evaluation.decisions[0]).toMatchObject({ n: 8, missing: 0 });
    expect(results.filter(({ sampleId }) => sampleId === "s0008")).toEqual([]);
  });

  it("ends the run where the program does not exist", async () => {
    const grader = { kind: "command", command: ["./no-such-program"] };
    const deps = evaluationDeps(scriptedExecutor(), { allowExec: true });
    const run = runEvaluation(evaluationInputs({ samples: samples(5, { grader }) }), deps);
    await expect(run).rejects.toMatchObject({ code: "TOP-RUN-COMMAND" });
  });
});
