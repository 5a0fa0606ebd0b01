import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelCall } from "../contract.js";
import { answer, BASE, evaluationInputs, sample, samples, temporaryFolder } from "../fixtures/setup.js";
import { fromStored, storedAnswerSchema, toStored } from "./answer-file.js";
import { type JournalOptions, openJournal } from "./journal.js";
import { runIdentity } from "./run-identity.js";

const callFor = (index: number): ModelCall => {
  const { id: sampleId, cluster, messages, maxTokens } = sample(index);
  return { sampleId, cluster, messages, maxTokens, ...BASE };
};

const options = (folder: string, more: Partial<JournalOptions> = {}): JournalOptions => ({
  folder,
  identity: "i1",
  resume: false,
  durable: false,
  ...more,
});

describe("the journal", () => {
  it("gives every answer back to a resumed run", async () => {
    const folder = temporaryFolder();
    const first = await openJournal(options(folder, { durable: true }));
    first.append(callFor(1), answer({ text: "one", cost: 123n }));
    first.close();
    const resumed = await openJournal(options(folder, { resume: true }));
    expect(resumed.find(callFor(1))).toEqual(answer({ text: "one", cost: 123n }));
    expect(resumed.find(callFor(2))).toBeUndefined();
    resumed.append(callFor(2), answer({ text: "two" }));
    resumed.close();
    expect((await openJournal(options(folder, { resume: true }))).find(callFor(2))?.text).toBe("two");
  });

  it("gives batches back in the order in which they were sent, those whose name was lost without one", async () => {
    const folder = temporaryFolder();
    const batch = (token: string) => ({
      ...{ token, provider: "openai", model: "base-1", sentAt: "2026-03-01T00:00:00.000Z" },
      ...{ requests: ["r1", "r2"], id: null },
    });
    const first = await openJournal(options(folder));
    expect(first.batches.earlier).toEqual([]);
    first.batches.sending(batch("a"));
    first.batches.sending(batch("b"));
    first.batches.named("a", "batch_7");
    first.append(callFor(1), answer({ text: "one" }));
    first.close();
    const resumed = await openJournal(options(folder, { resume: true }));
    expect(resumed.batches.earlier).toEqual([{ ...batch("a"), id: "batch_7" }, batch("b")]);
    expect(resumed.find(callFor(1))?.text).toBe("one");
    resumed.close();
  });

  it("is readable by its owner only", async () => {
    const journal = await openJournal(options(temporaryFolder()));
    expect(statSync(journal.path).mode & 0o777).toBe(0o600);
  });

  it("starts a new file for a new run and resumes the latest", async () => {
    const folder = temporaryFolder();
    const first = await openJournal(options(folder));
    first.append(callFor(1), answer({ text: "old" }));
    const second = await openJournal(options(folder));
    expect(second.path).not.toBe(first.path);
    expect((await openJournal(options(folder, { resume: true }))).find(callFor(1))).toBeUndefined();
  });

  it("drops a last line that a kill cut short, wherever it was cut", async () => {
    const folder = temporaryFolder();
    const journal = await openJournal(options(folder));
    journal.append(callFor(1), answer({ text: "one" }));
    const whole = readFileSync(journal.path);
    journal.append(callFor(2), answer({ text: "tw\u00F6" }));
    const both = readFileSync(journal.path);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: whole.length, max: both.length - 1 }), async (cut) => {
        writeFileSync(journal.path, both.subarray(0, cut));
        const resumed = await openJournal(options(folder, { resume: true }));
        expect(resumed.find(callFor(1))?.text).toBe("one");
        expect(resumed.find(callFor(2))).toBeUndefined();
        resumed.append(callFor(3), answer({ text: "three" }));
        resumed.close();
        const again = await openJournal(options(folder, { resume: true }));
        expect(again.find(callFor(3))?.text).toBe("three");
        again.close();
      }),
      { numRuns: 25 },
    );
  });

  it("asks a call that was refused again, and keeps one that timed out: it may have been billed", async () => {
    const folder = temporaryFolder();
    const journal = await openJournal(options(folder));
    journal.append(callFor(1), answer({ status: "error", text: null, cost: null, failure: "X 500" }));
    journal.append(callFor(2), answer({ status: "timeout", text: null, cost: null, failure: "timeout" }));
    const resumed = await openJournal(options(folder, { resume: true }));
    expect(resumed.find(callFor(1))).toBeUndefined();
    expect(resumed.find(callFor(2))?.status).toBe("timeout");
  });

  it("refuses to resume nothing, another run, or a damaged file", async () => {
    const folder = temporaryFolder();
    const resume = (more = {}) => openJournal(options(folder, { resume: true, ...more }));
    await expect(resume()).rejects.toMatchObject({ code: "TOP-RUN-RESUME-NONE", exitCode: 2 });
    const journal = await openJournal(options(folder));
    await expect(resume({ identity: "i2" })).rejects.toMatchObject({
      code: "TOP-RUN-RESUME-OTHER",
      exitCode: 2,
    });
    appendFileSync(journal.path, "not a line of ours\n");
    await expect(resume()).rejects.toMatchObject({ code: "TOP-RUN-JOURNAL", exitCode: 2 });
  });

  it("keeps any answer exactly", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.option(fc.nat()),
        (text, cost, outputTokens) => {
          const given = answer({ text, cost, outputTokens });
          const line = JSON.stringify(storedAnswerSchema.parse(toStored(given)));
          expect(fromStored(storedAnswerSchema.parse(JSON.parse(line)))).toEqual(given);
        },
      ),
    );
  });
});

describe("the identity of a run", () => {
  const executor = { mode: "live", hosts: ["a.example"] } as const;
  const identity = (more = {}): string => runIdentity(evaluationInputs(more), executor);

  it("changes with everything that answers and verdicts depend on", () => {
    const others = [
      { alpha: 0.1 },
      { seed: 2 },
      { samples: samples(99) },
      { population: "samples" },
      { earlyStopping: true },
      { earlyStopping: true, allocation: "top-two" },
      { batchSamples: 200 },
      { sampleSize: 5 },
    ];
    const identities = [
      identity(),
      ...others.map(identity),
      runIdentity(evaluationInputs(), { ...executor, hosts: ["b.example"] }),
    ];
    expect(new Set(identities).size).toBe(identities.length);
  });

  it("does not change with words about the run", () => {
    expect(identity({ design: "other words", warnings: ["w"] })).toBe(identity());
  });

  it("changes with the allocation only where questions stop early", () => {
    expect(identity({ allocation: "top-two" })).toBe(identity());
    expect(identity({ earlyStopping: true, allocation: "saving-weighted" })).toBe(
      identity({ earlyStopping: true }),
    );
  });
});
