import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeCube } from "../cube/write-cube.js";
import { openStage, type Stage, testPrices } from "../fixtures/stage.js";
import { readDistributions } from "./distributions.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

async function distributionsOf(
  rows: readonly { readonly tokens: number; readonly latency: number | null }[],
) {
  await stage.writeEvents(
    rows.map(({ tokens, latency }, at) => ({
      input_tokens: tokens,
      output_tokens: tokens,
      latency_ms: latency,
      tenant: `tenant-${at % 3}`,
    })),
  );
  const { engine, workspace } = stage;
  const cube = { eventsPath: workspace.events, clustered: false, assignedFirst: false };
  await writeCube(engine, workspace, testPrices(), cube);
  return readDistributions(engine, workspace);
}

/** Value at rank ceil(q n). */
function nearestRank(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
}

describe("quantiles from sketches", () => {
  it("stay within 1 % of the exact ones, whatever the spread", async () => {
    const row = fc.record({
      tokens: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 2_000_000 })),
      latency: fc.double({ min: 0, max: 1e7, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
        const { inputTokens, latencyMs } = await distributionsOf(rows);

        for (const [found, values] of [
          [inputTokens!, rows.map(({ tokens }) => tokens)],
          [latencyMs!, rows.map(({ latency }) => latency)],
        ] as const) {
          for (const [q, value] of [
            [0.5, found.p50],
            [0.95, found.p95],
            [0.99, found.p99],
          ] as const) {
            const exact = nearestRank(values, q);
            expect(Math.abs(value - exact)).toBeLessThanOrEqual(0.01 * exact);
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it("are exact for small counts and absent where no event has the measure", async () => {
    const found = await distributionsOf([13, 13, 14].map((tokens) => ({ tokens, latency: null })));

    expect(found.outputTokens).toEqual({ p50: 13, p95: 14, p99: 14 });
    expect(found.latencyMs).toBeNull();
    expect(found.ttftMs).toBeNull();
  });
});
