import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelCall } from "../contract.js";
import { runEvaluation } from "../evaluate.js";
import {
  BASE,
  evaluationDeps,
  evaluationInputs,
  MINI,
  samples,
  scriptedExecutor,
  temporaryFolder,
} from "../fixtures/setup.js";
import { type Journal, openJournal } from "./journal.js";
import { runIdentity } from "./run-identity.js";

const CLAUDE = { provider: "anthropic", model: "claude-1" };
const fleet = (candidate: typeof MINI) => ({
  id: `fleet/${candidate.model}`,
  baseline: BASE,
  candidate,
  scope: "fleet",
  margin: 0.05,
});
const number = (call: ModelCall): number => Number(call.sampleId.slice(1));

describe("a resumed run", () => {
  const inputs = evaluationInputs({
    samples: samples(40),
    questions: [fleet(MINI), fleet(CLAUDE)],
    family: 2,
  });
  const wrong = (call: ModelCall): boolean => number(call) % 13 === 5 && call.model !== "base-1";
  const open = (folder: string, resume: boolean): Promise<Journal> =>
    openJournal({
      folder,
      identity: runIdentity(inputs, { mode: "simulate", hosts: [] }),
      resume,
      durable: false,
    });

  it("pays no call twice and gives the evaluation of an uninterrupted run, wherever it was stopped", async () => {
    const whole = await runEvaluation(inputs, evaluationDeps(scriptedExecutor(wrong)));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 119 }),
        fc.integer({ min: 1, max: 8 }),
        async (stopAt, concurrency) => {
          const folder = temporaryFolder();
          const crashing = scriptedExecutor(wrong, async () => {
            if (crashing.asked.length > stopAt) throw new Error("killed");
          });
          const journal = await open(folder, false);
          await expect(
            runEvaluation(inputs, evaluationDeps(crashing, { journal, concurrency })),
          ).rejects.toThrow("killed");
          journal.close();

          const resumed = scriptedExecutor(wrong);
          const again = await open(folder, true);
          const result = await runEvaluation(
            inputs,
            evaluationDeps(resumed, { journal: again, concurrency }),
          );
          again.close();
          expect(result).toEqual(whole);
          expect(resumed.asked).toHaveLength(120 - stopAt);
          const paid = new Set([...crashing.asked.slice(0, stopAt), ...resumed.asked]);
          expect(paid.size).toBe(120);

          const finished = scriptedExecutor(wrong);
          const third = await open(folder, true);
          expect(await runEvaluation(inputs, evaluationDeps(finished, { journal: third }))).toEqual(whole);
          third.close();
          expect(finished.asked).toEqual([]);
        },
      ),
      { numRuns: 15 },
    );
  });

  it("goes on with a larger budget after the first ran out", async () => {
    const folder = temporaryFolder();
    const journal = await open(folder, false);
    const poor = evaluationDeps(scriptedExecutor(wrong), {
      journal,
      ceilings: { usd: 30_000_000n, tokens: null },
    });
    expect((await runEvaluation(inputs, poor)).evaluation.stopped).toBe("budget");
    journal.close();
    const resumed = await open(folder, true);
    const rich = evaluationDeps(scriptedExecutor(wrong), { journal: resumed });
    const whole = await runEvaluation(inputs, evaluationDeps(scriptedExecutor(wrong)));
    expect(await runEvaluation(inputs, rich)).toEqual(whole);
    resumed.close();
  });
});
