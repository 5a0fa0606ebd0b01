import { describe, expect, it } from "vitest";
import type { Benchmark, Capacity } from "./contract.js";
import { config, hardware } from "./fixtures/hardware.js";

const NONE = { ttftMs: null, tpotMs: null };
const point: Benchmark = {
  config: config(),
  shape: { inputTokens: 1000, outputTokens: 300, prefixHitShare: 0 },
  concurrency: 32,
  ttftMs: 400,
  tpotMs: 31,
  requestsPerSecond: 3.2,
  source: "own.json",
};

function capacity(benchmarks: Benchmark[], rest: Parameters<typeof config>[0] = {}, input = 1000) {
  const answer: Capacity = hardware({ benchmarks }).capacity(
    config({ maximumBatch: 32, ...rest }),
    { inputTokens: input, outputTokens: 300, prefixHitShare: 0 },
    NONE,
  );
  if (!answer.fits) throw new Error(answer.reason);
  return answer;
}

describe("the user's own benchmark", () => {
  it("stands before the estimate, exactly so at its own point", () => {
    const { tpotMs, ttftMs } = capacity([point]);

    expect(tpotMs.mid).toBeCloseTo(31, 9);
    expect(ttftMs.mid).toBeCloseTo(400, 9);
    expect(tpotMs).toMatchObject({
      basis: "measured",
      references: [
        "measured with 1000 input and 300 output tokens, 32 in flight, 3.20 requests a second: own.json",
      ],
    });
    expect(tpotMs.high / tpotMs.mid).toBeCloseTo(Math.exp(0.05), 9);
  });

  it("is carried to another shape by the model's ratio, with a wider interval", () => {
    const [estimatedNear, estimatedFar] = [capacity([]), capacity([], {}, 4000)];
    const far = capacity([point], {}, 4000);

    expect(far.tpotMs.mid).toBeCloseTo((31 * estimatedFar.tpotMs.mid) / estimatedNear.tpotMs.mid, 6);
    expect(far.tpotMs.high / far.tpotMs.mid).toBeGreaterThan(Math.exp(0.05));
    expect(far.tpotMs.basis).toBe("measured");
  });

  it("is interpolated between two numbers of requests in flight", () => {
    const light = { ...point, concurrency: 8, tpotMs: 12, source: "light.json" };

    expect(capacity([point, light], { maximumBatch: 8 }).tpotMs.mid).toBeCloseTo(12, 9);
    const between = capacity([point, light], { maximumBatch: 16 }).tpotMs.mid;
    expect(between).toBeGreaterThan(12);
    expect(between).toBeLessThan(31);
  });

  it.each([
    { differs: { precision: "int8" } as const },
    { differs: { gpusPerReplica: 8 } },
    { differs: { engine: "sglang" } as const },
  ])("says nothing about another configuration: $differs", ({ differs }) => {
    expect(capacity([point], differs).tpotMs.basis).toBe("estimated");
  });
});
