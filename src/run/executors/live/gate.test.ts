import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProviderGate, type Seen } from "./gate.js";

/** A timer that a test turns by hand. */
function handTimer() {
  const open: { readonly ms: number; readonly end: () => void }[] = [];
  return {
    /** Pauses that were begun and not ended, milliseconds. */
    pauses: (): number[] => open.map(({ ms }) => ms),
    end: async (): Promise<void> => {
      for (const { end } of open.splice(0)) end();
      await settled();
    },
    sleep: (ms: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const pause = { ms, end: resolve };
        open.push(pause);
        signal.addEventListener("abort", () => {
          open.splice(open.indexOf(pause), 1);
          resolve();
        });
      }),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const running = (): AbortSignal => new AbortController().signal;

const ANSWERED: Seen = { kind: "answered" };
const FAILED: Seen = { kind: "failed", retryAfterMs: null };
const limited = (retryAfterMs: number | null = null): Seen => ({ kind: "limited", retryAfterMs });

function gateWithTimer() {
  const timer = handTimer();
  const gate = new ProviderGate("api.example", timer.sleep);
  const report = async (seen: Seen): Promise<void> => {
    await gate.enter(running());
    gate.leave(seen);
  };
  /** Calls that are let through at once, of `count` that come. */
  const letThrough = async (count: number): Promise<number> => {
    let entered = 0;
    const controller = new AbortController();
    setMaxListeners(count, controller.signal);
    const comers = Array.from({ length: count }, () =>
      gate.enter(controller.signal).then(
        () => {
          entered += 1;
        },
        () => undefined,
      ),
    );
    await settled();
    const atOnce = entered;
    controller.abort();
    await Promise.all(comers);
    for (let place = 0; place < atOnce; place += 1) gate.leave(null);
    return atOnce;
  };
  return { gate, timer, report, letThrough };
}

describe("a rate limit", () => {
  it("pauses every call of the provider for as long as it says", async () => {
    const { timer, report, letThrough } = gateWithTimer();
    await report(limited(2_500));
    expect(timer.pauses()).toEqual([2_500]);
    expect(await letThrough(3)).toBe(0);
    await timer.end();
    expect(await letThrough(3)).toBeGreaterThan(0);
  });

  it("halves how many calls run at once, once a wave, and successes let more through again", async () => {
    const { gate, timer, report, letThrough } = gateWithTimer();
    for (let place = 0; place < 8; place += 1) await gate.enter(running());
    for (let place = 0; place < 8; place += 1) gate.leave(limited(10));
    await timer.end();
    expect(await letThrough(20)).toBe(4);
    for (let success = 0; success < 40; success += 1) await report(ANSWERED);
    expect(await letThrough(20)).toBeGreaterThan(8);
  });

  it("waits longer each time where the provider names no time", async () => {
    const { timer, report } = gateWithTimer();
    const pauses: number[] = [];
    for (let wave = 0; wave < 8; wave += 1) {
      await report(limited());
      pauses.push(...timer.pauses());
      await timer.end();
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("that lasts longer than a quarter of an hour ends the run", async () => {
    const { gate, timer, report } = gateWithTimer();
    await report(limited(600_000));
    await timer.end();
    await report(limited(600_000));
    await expect(gate.enter(running())).rejects.toMatchObject({ code: "TOP-RUN-LIMITED", exitCode: 5 });
  });
});

describe("the circuit of a provider", () => {
  const open = async (report: (seen: Seen) => Promise<void>): Promise<void> => {
    for (let failure = 0; failure < 5; failure += 1) await report(FAILED);
  };

  it("opens after five failures in a row, not before and not after a success between them", async () => {
    const { timer, report, letThrough } = gateWithTimer();
    for (let failure = 0; failure < 4; failure += 1) await report(FAILED);
    await report(ANSWERED);
    for (let failure = 0; failure < 4; failure += 1) await report(FAILED);
    expect(timer.pauses()).toEqual([]);
    await report(FAILED);
    expect(timer.pauses()).toEqual([5_000]);
    expect(await letThrough(4)).toBe(0);
  });

  it("lets one call try after the pause, and all after its success", async () => {
    const { timer, report, letThrough } = gateWithTimer();
    await open(report);
    await timer.end();
    expect(await letThrough(4)).toBe(1);
    await report(ANSWERED);
    expect(await letThrough(4)).toBe(4);
  });

  it("opens again at once, and for longer, where the try fails", async () => {
    const { timer, report } = gateWithTimer();
    await report(ANSWERED);
    await open(report);
    await timer.end();
    await report(FAILED);
    expect(timer.pauses()).toEqual([10_000]);
  });

  it("gives up a provider that never answered soon, and one that did later", async () => {
    const triesUntilGivenUp = async (first: Seen[]): Promise<number> => {
      const { gate, timer, report } = gateWithTimer();
      for (const seen of first) await report(seen);
      await open(report);
      for (let tries = 0; ; tries += 1) {
        await timer.end();
        const isLetIn = await gate.enter(running()).then(
          () => true,
          (error) => expect(error).toMatchObject({ code: "TOP-RUN-DOWN", exitCode: 5 }),
        );
        if (isLetIn !== true) return tries;
        gate.leave(FAILED);
      }
    };
    expect(await triesUntilGivenUp([])).toBe(3);
    expect(await triesUntilGivenUp([ANSWERED])).toBe(8);
  });

  it("is closed by a refusal of one call: that provider is alive", async () => {
    const { timer, report, letThrough } = gateWithTimer();
    await open(report);
    await timer.end();
    await report({ kind: "alive" });
    expect(await letThrough(4)).toBe(4);
  });
});

describe("a gate", () => {
  it("keeps no timer once the last call has gone, so that the program can end", async () => {
    const { gate, timer, report } = gateWithTimer();
    await gate.visit(async () => {
      await report(limited(60_000));
      expect(timer.pauses()).toEqual([60_000]);
    });
    expect(timer.pauses()).toEqual([]);
  });

  it("lets a waiting call go when the run is interrupted", async () => {
    const { gate, report } = gateWithTimer();
    await report(limited(60_000));
    const controller = new AbortController();
    const waiting = gate.enter(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  });

  it("lets every call through in the end, whatever limits and failures came between", async () => {
    const seen = fc.constantFrom<Seen>(ANSWERED, limited(1), limited(), FAILED);
    await fc.assert(
      fc.asyncProperty(fc.array(seen, { maxLength: 30 }), async (script) => {
        const { gate, timer } = gateWithTimer();
        // A success after each step keeps the provider from being given up.
        const steps = script.flatMap((step) => [step, ANSWERED]);
        const calls = steps.map(async (step) => {
          await gate.enter(running());
          await settled();
          gate.leave(step);
        });
        let isDone = false;
        const all = Promise.all(calls).then(() => {
          isDone = true;
        });
        while (!isDone) await timer.end();
        await all;
      }),
      { numRuns: 50 },
    );
  });
});
