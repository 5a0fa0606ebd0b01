import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Capacity, RequestShape } from "./contract.js";
import { config, hardware, L4, LLAMA_8B } from "./fixtures/hardware.js";
import { replicaOf } from "./roofline.js";

const book = hardware();
const NONE = { ttftMs: null, tpotMs: null };
const shape: RequestShape = { inputTokens: 1000, outputTokens: 300, prefixHitShare: 0 };

function fitting(capacity: Capacity): Extract<Capacity, { fits: true }> {
  if (!capacity.fits) throw new Error(capacity.reason);
  return capacity;
}

describe("physics of a replica", () => {
  it("reads bf16 weights in the time that bandwidth allows", () => {
    const replica = replicaOf({ gpusPerReplica: 1, precision: "bf16", kvPrecision: "bf16" }, LLAMA_8B, L4);

    // 8.03e9 x 2 bytes, the input embedding (0.525e9 x 2) not among what a step reads.
    expect(replica.weightBytes).toBeCloseTo(16.06e9, -7);
    expect(replica.denseReadSeconds).toBeCloseTo((16.06e9 - 1.05e9) / 0.3e12, 4);
    // 2 x 32 layers x 8 heads x 128 x 2 bytes.
    expect(replica.tokenCacheBytes).toBe(131_072);
    expect(replica.allReduces).toBe(0);
  });

  it("replicates KV heads on GPUs beyond their number", () => {
    const on = (gpusPerReplica: number) =>
      replicaOf({ gpusPerReplica, precision: "fp8", kvPrecision: "fp8" }, { ...LLAMA_8B, kvHeads: 2 }, L4);

    expect(on(2).tokenCacheBytes).toBe(on(1).tokenCacheBytes);
    expect(on(8).tokenCacheBytes).toBe(4 * on(2).tokenCacheBytes);
  });
});

describe("capacity", () => {
  it("says that weights do not fit before anything else", () => {
    expect(book.capacity(config({ gpusPerReplica: 1, precision: "bf16" }), shape, NONE)).toEqual({
      fits: false,
      reason: "llama-3.1-70b in bf16 does not fit 1 x H100 SXM: weights take 131.5 GiB, 68.5 GiB are usable.",
    });
  });

  it("says that not one request fits beside the weights", () => {
    const tight = book.capacity(config({ gpusPerReplica: 1 }), { ...shape, inputTokens: 20_000 }, NONE);

    expect(tight).toMatchObject({
      fits: false,
      reason: expect.stringContaining("not one request of 20300 tokens"),
    });
  });

  it.each([
    { name: "requests beyond the context", given: config(), input: 131_000, says: "exceed the 131072" },
    {
      name: "heads that do not divide",
      given: config({ gpusPerReplica: 3 }),
      input: 1000,
      says: "do not divide",
    },
    {
      name: "a model that no table knows",
      given: config({ model: "nova" }),
      input: 1000,
      says: '"nova" is not known',
    },
    {
      name: "a GPU that no table knows",
      given: config({ gpu: "h900" }),
      input: 1000,
      says: '"h900" is not known',
    },
  ])("refuses $name", ({ given, input, says }) => {
    expect(book.capacity(given, { ...shape, inputTokens: input }, NONE)).toMatchObject({
      fits: false,
      reason: expect.stringContaining(says),
    });
  });

  it("refuses a target that not even one request alone meets", () => {
    expect(book.capacity(config(), shape, { ttftMs: null, tpotMs: 2 })).toMatchObject({
      fits: false,
      reason: expect.stringMatching(/One request alone is too slow: .* each \(target 2 ms\), estimated\./),
    });
  });

  it("comes near a published point, inside its interval, and names the points", () => {
    // aiconfigurator sample: 70B FP8 on 4 H100 with vLLM, 4 in flight, 1024/8192 tokens: TTFT 85.9, TPOT 12.00 ms.
    const capacity = fitting(
      book.capacity(
        config({ kvPrecision: "fp8", maximumBatch: 4 }),
        { inputTokens: 1024, outputTokens: 8192, prefixHitShare: 0 },
        NONE,
      ),
    );

    expect(capacity.tpotMs.low).toBeLessThan(12);
    expect(capacity.tpotMs.high).toBeGreaterThan(12);
    expect(Math.abs(capacity.tpotMs.mid / 12 - 1)).toBeLessThan(0.15);
    expect(capacity.tpotMs.basis).toBe("estimated");
    expect(capacity.tpotMs.references[0]).toMatch(/^\d+ points of llama-3.1-70b fp8 on h100-sxm with vllm: /);
  });

  it("is less certain the less was measured", () => {
    const width = (given: ReturnType<typeof config>) => {
      const { tpotMs } = fitting(book.capacity(given, shape, NONE));
      return tpotMs.high / tpotMs.low;
    };
    const known = width(config());
    const otherPrecision = width(config({ precision: "int8" }));
    const otherGpu = width(config({ model: "llama-3.1-8b", gpu: "l4", gpusPerReplica: 1 }));
    const otherEngine = width(config({ engine: "onnxruntime" }));

    expect(otherPrecision).toBeGreaterThan(known);
    expect(otherGpu).toBeGreaterThanOrEqual(4 - 1e-9);
    expect(otherEngine).toBeGreaterThanOrEqual(4 - 1e-9);
  });

  it("counts prefix hits only with a prefix cache", () => {
    const hits = { ...shape, prefixHitShare: 0.8 };
    const rate = (prefixCaching: boolean, given: RequestShape) =>
      fitting(book.capacity(config({ prefixCaching }), given, NONE)).requestsPerSecond.mid;

    expect(rate(true, hits)).toBeGreaterThan(rate(true, shape));
    expect(rate(false, hits)).toBe(rate(false, shape));
  });

  it("keeps its targets, and a looser target or a smaller request never carries less", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 8000 }),
        fc.integer({ min: 10, max: 1500 }),
        fc.integer({ min: 15, max: 100 }),
        fc.integer({ min: 200, max: 5000 }),
        (inputTokens, outputTokens, tpotMs, ttftMs) => {
          const asked = { inputTokens, outputTokens, prefixHitShare: 0 };
          const capacity = book.capacity(config(), asked, { ttftMs, tpotMs });
          if (!capacity.fits) return;
          expect(capacity.tpotMs.mid).toBeLessThanOrEqual(tpotMs);
          expect(capacity.ttftMs.mid).toBeLessThanOrEqual(ttftMs);
          const looser = fitting(book.capacity(config(), asked, { ttftMs: ttftMs * 2, tpotMs: tpotMs * 2 }));
          expect(looser.batch).toBeGreaterThanOrEqual(capacity.batch);
          const shorter = { ...asked, inputTokens: Math.ceil(inputTokens / 2) };
          const smaller = fitting(book.capacity(config(), shorter, { ttftMs, tpotMs }));
          expect(smaller.batch).toBeGreaterThanOrEqual(capacity.batch);
          const { low, mid, high } = capacity.requestsPerSecond;
          expect(low).toBeLessThan(mid);
          expect(high).toBeGreaterThan(mid);
        },
      ),
      { numRuns: 300 },
    );
  });
});
