import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import { OUTPUT_CAPS, RETRY_LIMITS, WINDOW_TURNS } from "../contract.js";
import { writeCube } from "../cube/write-cube.js";
import { openStage, type Stage, testPrices } from "../fixtures/stage.js";
import { readConversations, readOutputTails, readRetries } from "./read-side-tables.js";
import { writeSideTables } from "./write-side-tables.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

async function tablesOf(events: readonly Partial<CanonicalEvent>[]) {
  await stage.writeEvents(events);
  const { engine, workspace } = stage;
  const cube = { eventsPath: workspace.events, clustered: false, assignedFirst: false };
  await writeCube(engine, workspace, testPrices(), cube);
  await writeSideTables(
    engine,
    workspace,
    { withRetryOf: 1, withConversation: events.length },
    { turnsPerSlice: 10 },
  );
  return {
    retries: await readRetries(engine, workspace),
    windows: await readConversations(engine, workspace),
    tails: await readOutputTails(engine, workspace),
  };
}

const call = { provider: "acme", model: "large", intent: "faq", input_tokens: 100, output_tokens: 10 };
const at = (second: number): string => new Date(Date.UTC(2026, 9, 1, 0, 0, second)).toISOString();

describe("retries beyond a limit", () => {
  const failed = { ...call, status: "error" as const, output_tokens: 0 };
  const chain = [
    { ...failed, id: "a", ts: at(0) },
    { ...failed, id: "b", ts: at(1), retry_of: "a" },
    { ...call, id: "c", ts: at(2), retry_of: "b" },
    { ...call, id: "d", ts: at(3), retry_of: "c" },
  ];
  const counts = (rows: Awaited<ReturnType<typeof tablesOf>>["retries"]) =>
    rows.map((row) => [row.maximumRetries, row.requests, row.lostAnswers, row.inputTokens, row.outputTokens]);

  it("hold what they were billed, and the answers that only they brought", async () => {
    const { retries } = await tablesOf(chain);

    // c is the first answer: limits 0 and 1 would lose it. d repeats an answered call.
    expect(counts(retries)).toEqual([
      [0, 3, 1, 300, 20],
      [1, 2, 1, 200, 20],
      [2, 1, 0, 100, 10],
    ]);
  });

  it("are numbered in time order where every retry names the first call, also one that is not on file", async () => {
    const star = chain.slice(1).map((event) => ({ ...event, retry_of: "a" }));
    expect(counts((await tablesOf([chain[0]!, ...star])).retries)).toEqual(
      counts((await tablesOf(chain)).retries),
    );
    expect(counts((await tablesOf(star)).retries)).toEqual(counts((await tablesOf(chain)).retries));
  });

  it("are none where calls name themselves or one another", async () => {
    const { retries } = await tablesOf([
      { ...call, id: "a", ts: at(0), retry_of: "b" },
      { ...call, id: "b", ts: at(1), retry_of: "a" },
      { ...call, id: "c", ts: at(2), retry_of: "c" },
    ]);

    expect(retries).toEqual([]);
  });

  it("shrink as the limit grows, and never hold a subset above its total", async () => {
    const anyEvent = fc.record({
      second: fc.integer({ min: 0, max: 50 }),
      retry: fc.option(fc.integer({ min: 0, max: 9 })),
      status: fc.constantFrom("ok" as const, "error" as const),
      input: fc.integer({ min: 0, max: 500 }),
      cached: fc.integer({ min: 0, max: 500 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 12 }), async (drawn) => {
        const events = drawn.map(({ second, retry, status, input, cached }, index) => ({
          ...call,
          id: `e${index}`,
          ts: at(second),
          status,
          input_tokens: input,
          cached_input_tokens: Math.min(cached, input),
          retry_of: retry === null ? null : `e${retry}`,
        }));
        const { retries } = await tablesOf(events);

        const byLimit = RETRY_LIMITS.map((limit) => retries.find((row) => row.maximumRetries === limit));
        const possible = events.filter(({ id, retry_of }) => retry_of !== null && retry_of !== id);
        expect(byLimit[0]?.requests ?? 0).toBeLessThanOrEqual(possible.length);
        byLimit.forEach((row, index) => {
          const next = byLimit[index + 1];
          expect(next?.requests ?? 0).toBeLessThanOrEqual(row?.requests ?? 0);
          expect(next?.inputTokens ?? 0).toBeLessThanOrEqual(row?.inputTokens ?? 0);
          if (row === undefined) return;
          expect(row.lostAnswers).toBeLessThanOrEqual(row.requests);
          expect(row.cachedInputTokens).toBeLessThanOrEqual(row.inputTokens);
        });
      }),
      { numRuns: 15 },
    );
  });
});

interface Turn {
  readonly input: number;
  readonly output: number;
}

const talk = (turns: readonly Turn[], rest: { readonly tenant?: string } = {}) =>
  turns.map(({ input, output }, turn) => ({
    ...call,
    ts: at(turn),
    conversation_id: "talk",
    turn,
    input_tokens: input,
    output_tokens: output,
    ...rest,
  }));

/** A first input of 50, then 10 tokens of question and 20 of answer a turn, all carried on. */
const growing = Array.from({ length: 6 }, (_, turn): Turn => ({ input: 50 + turn * 30, output: 20 }));

const cutAt = (rows: Awaited<ReturnType<typeof tablesOf>>["windows"], keepTurns: number) =>
  rows.find((row) => row.keepTurns === keepTurns);

describe("conversation windows", () => {
  it("cut the turns before the last ones, never the first turn's input", async () => {
    const { windows } = await tablesOf(talk(growing));

    // Keeping 4: turn 4 loses the answer of turn 0 (20), turn 5 that and turn 1 (50).
    expect(cutAt(windows, 4)).toMatchObject({ requests: 2, cutTokens: 70, shiftedTokens: 120 + 150 });
    // Keeping 2: turns 2 to 5 lose 20, 50, 80 and 110.
    expect(cutAt(windows, 2)).toMatchObject({ requests: 4, cutTokens: 260 });
    expect(cutAt(windows, 8)).toBeUndefined();
  });

  it("claim nothing that callers trim already", async () => {
    // The caller's own window of two turns: what a wider one would cut is not there.
    const trimmed = growing.map((turn) => ({ ...turn, input: Math.min(turn.input, 110) }));
    const { windows } = await tablesOf(talk(trimmed));

    expect(cutAt(windows, 4)).toBeUndefined();
  });

  it("end cache reads behind the first turn, since the window moves", async () => {
    const events = talk(growing.slice(0, 3)).map((event) => ({
      ...event,
      cached_input_tokens: Math.max(0, event.input_tokens - 10),
      cache_write_tokens: 10,
      cache_write_1h_tokens: 10,
    }));
    const { windows } = await tablesOf(events);

    // Turn 2: 110 in, 100 of it cached; 50 stay cached, 20 are cut.
    expect(cutAt(windows, 2)).toMatchObject({
      cutTokens: 20,
      lostCachedTokens: 50,
      lostCacheWriteTokens: 0,
      lostCacheWrite1hTokens: 0,
    });
  });

  it("go on from the last call of a turn that was asked twice, shorten each, and keep tenants apart", async () => {
    const twice = talk(growing.slice(0, 3)).flatMap((event) => [event, { ...event }]);
    const { windows } = await tablesOf([...twice, ...talk(growing.slice(0, 1), { tenant: "other" })]);

    expect(windows).toHaveLength(1);
    expect(cutAt(windows, 2)).toMatchObject({ requests: 2, cutTokens: 40 });
  });

  it("equal a replay turn by turn", async () => {
    const anyTurn = fc.record({
      input: fc.integer({ min: 0, max: 300 }),
      output: fc.integer({ min: 0, max: 80 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyTurn, { minLength: 1, maxLength: 24 }), async (turns) => {
        const { windows } = await tablesOf(talk(turns));

        for (const keep of WINDOW_TURNS) {
          const cuts = turns.map((_, index) => naiveCut(turns, index, keep)).filter((cut) => cut > 0);
          const row = cutAt(windows, keep);
          expect(row?.requests ?? 0).toBe(cuts.length);
          expect(row?.cutTokens ?? 0).toBe(cuts.reduce((sum, cut) => sum + cut, 0));
        }
      }),
      { numRuns: 15 },
    );
  });
});

/** Old tokens that are still in the input of a turn, followed forward from the turn that falls out of the window. */
function naiveCut(turns: readonly Turn[], index: number, keep: number): number {
  const from = index - keep;
  if (from < 0) return 0;
  const first = turns[0]!.input;
  let old = turns[from]!.input + turns[from]!.output - first;
  for (let turn = from; turn < index; turn += 1) {
    old -= Math.max(0, turns[turn]!.input + turns[turn]!.output - turns[turn + 1]!.input);
  }
  return Math.max(0, old);
}

describe("output tails", () => {
  it("equal the sums over answers at every ceiling", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 30 }),
        async (outputs) => {
          const { tails } = await tablesOf(outputs.map((output_tokens) => ({ ...call, output_tokens })));

          expect(tails.map(({ capTokens }) => capTokens)).toEqual([...OUTPUT_CAPS]);
          for (const { capTokens, requests, cutTokens } of tails) {
            expect(requests).toBe(outputs.filter((tokens) => tokens > capTokens).length);
            expect(cutTokens).toBe(outputs.reduce((sum, tokens) => sum + Math.max(0, tokens - capTokens), 0));
          }
        },
      ),
      { numRuns: 10 },
    );
  });
});
