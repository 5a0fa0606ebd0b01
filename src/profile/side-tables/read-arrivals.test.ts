import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import { writeCube } from "../cube/write-cube.js";
import { openStage, type Stage, testPrices } from "../fixtures/stage.js";
import { readArrivals } from "./read-arrivals.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

async function arrivalsOf(events: readonly Partial<CanonicalEvent>[]) {
  await stage.writeEvents(events);
  const { engine, workspace } = stage;
  const cube = { eventsPath: workspace.events, clustered: false, assignedFirst: false };
  await writeCube(engine, workspace, testPrices(), cube);
  return readArrivals(engine, workspace);
}

const call = { provider: "acme", model: "large", intent: "faq", input_tokens: 10, output_tokens: 1 };
const at = (minute: number, second = 0): string =>
  new Date(Date.UTC(2026, 9, 1, 10, minute, second)).toISOString();

describe("arrival curves", () => {
  it("count each hour and its busiest calendar minute, idle hours included", async () => {
    const curves = await arrivalsOf([
      { ...call, ts: at(0) },
      { ...call, ts: at(5, 1) },
      { ...call, ts: at(5, 59) },
      { ...call, ts: at(6) },
      { ...call, ts: at(185) },
    ]);

    expect(curves).toEqual([
      {
        cluster: "faq",
        provider: "acme",
        model: "large",
        requests: [4, 0, 0, 1],
        peakMinuteRequests: [2, 0, 0, 1],
      },
    ]);
  });

  it("all span the hours of the whole workload, one curve a model of a cluster, tenants together", async () => {
    const curves = await arrivalsOf([
      { ...call, ts: at(0), tenant: "a" },
      { ...call, ts: at(0), tenant: "b" },
      { ...call, ts: at(130), model: "small" },
    ]);

    expect(
      curves.map(({ model, requests, peakMinuteRequests }) => [model, requests, peakMinuteRequests]),
    ).toEqual([
      ["large", [2, 0, 0], [2, 0, 0]],
      ["small", [0, 0, 1], [0, 0, 1]],
    ]);
  });

  it("hold every request once, and no minute above its hour or below its share of it", async () => {
    const anyEvent = fc.record({
      minute: fc.integer({ min: 0, max: 400 }),
      model: fc.constantFrom("large", "small"),
      intent: fc.constantFrom("faq", "chat"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 60 }), async (events) => {
        const curves = await arrivalsOf(
          events.map(({ minute, ...rest }) => ({ ...call, ...rest, ts: at(minute) })),
        );

        const total = curves.flatMap(({ requests }) => requests).reduce((sum, count) => sum + count, 0);
        expect(total).toBe(events.length);
        for (const { requests, peakMinuteRequests } of curves) {
          requests.forEach((count, hour) => {
            expect(peakMinuteRequests[hour]!).toBeLessThanOrEqual(count);
            expect(peakMinuteRequests[hour]! * 60).toBeGreaterThanOrEqual(count);
          });
        }
      }),
      { numRuns: 10 },
    );
  });
});
