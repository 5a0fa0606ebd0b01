import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpressionFault } from "../expressions/fault.js";
import { evaluateCondition, type Measurement, parseCondition } from "./condition.js";

const METRICS = ["cost_per_token", "quality_score", "errors", "requests"];
const MINUTE = 60_000;

const parse = (text: string) => parseCondition(text, METRICS);

/** One measurement of `metric` every `everyMinutes`, from 0 on. */
const series = (metric: string, values: readonly number[], everyMinutes = 10): Measurement[] =>
  values.map((value, index) => ({ atMs: index * everyMinutes * MINUTE, values: new Map([[metric, value]]) }));

const stateOf = (
  text: string,
  measurements: readonly Measurement[],
  baselines: Record<string, number> = {},
) => evaluateCondition(parse(text), measurements, new Map(Object.entries(baselines)));

describe("conditions with a duration", () => {
  it("are read as an expression and a persistence", () => {
    expect(parse("cost_per_token > baseline * 1.1 for 30 minutes")).toMatchObject({
      persistence: { kind: "window", ms: 30 * MINUTE, text: "30 minutes" },
      metrics: ["cost_per_token"],
      baselines: new Map([["baseline", "cost_per_token"]]),
    });
    expect(parse("quality_score < 0.93 for 3 consecutive measurements").persistence).toEqual({
      kind: "consecutive",
      count: 3,
    });
    expect(parse("errors / requests > 0.02 AND quality_score < 0.9").persistence).toEqual({ kind: "now" });
    expect(parse("errors > 1 for 1 day").persistence).toMatchObject({ ms: 24 * 60 * MINUTE });
  });

  it("hold once they held without a break for the whole window", () => {
    const text = "cost_per_token > baseline * 1.1 for 30 minutes";
    const at = (values: readonly number[]) =>
      stateOf(text, series("cost_per_token", values), { cost_per_token: 1 });

    expect(at([1, 1.2, 1.2, 1.2])).toMatchObject({ state: "does_not_hold", sinceMs: 10 * MINUTE });
    expect(at([1, 1.2, 1.2, 1.2, 1.2])).toMatchObject({ state: "holds", sinceMs: 10 * MINUTE });
    expect(at([1.2, 1.2, 1.1, 1.2, 1.2])).toMatchObject({ state: "does_not_hold", sinceMs: 30 * MINUTE });
    expect(at([1.2, 1.2, 1.2, 1.2, 1])).toMatchObject({ state: "does_not_hold", sinceMs: null });
  });

  it("count consecutive measurements whatever lies between them in time", () => {
    const text = "quality_score < 0.93 for 3 consecutive measurements";
    const at = (values: readonly number[]) => stateOf(text, series("quality_score", values, 600)).state;

    expect(at([0.9, 0.9])).toBe("does_not_hold");
    expect(at([0.95, 0.9, 0.9, 0.9])).toBe("holds");
    expect(at([0.9, 0.9, 0.95, 0.9, 0.9])).toBe("does_not_hold");
  });

  it("leave out what cannot be judged, and say so where that is all", () => {
    const gap: Measurement = { atMs: 15 * MINUTE, values: new Map([["errors", 7]]) };
    const [first, second, third] = series("quality_score", [0.9, 0.9, 0.9]);
    const text = "quality_score < 0.93 for 3 consecutive measurements";
    expect(stateOf(text, [first!, second!, gap, third!])).toMatchObject({ state: "holds", judged: 3 });
    expect(stateOf(text, [gap])).toMatchObject({ state: "unknown", judged: 0 });
    expect(stateOf(text, []).state).toBe("unknown");
    const idle: Measurement = {
      atMs: 0,
      values: new Map([
        ["errors", 0],
        ["requests", 0],
      ]),
    };
    expect(stateOf("errors / requests > 0.02", [idle]).state).toBe("unknown");
    expect(stateOf("cost_per_token > baseline", series("cost_per_token", [2])).reason).toContain(
      "cost_per_token before the change",
    );
  });

  it("take a baseline for each of several metrics", () => {
    const both: Measurement = {
      atMs: 0,
      values: new Map([
        ["errors", 3],
        ["requests", 90],
      ]),
    };
    const text = "errors > baseline_errors AND requests < baseline_requests";
    expect(stateOf(text, [both], { errors: 2, requests: 100 }).state).toBe("holds");
    expect(stateOf(text, [both], { errors: 2 }).state).toBe("unknown");
  });

  it("refuse measurements out of order", () => {
    const [first, second] = series("errors", [1, 2]);
    expect(() => stateOf("errors > 1", [second!, first!])).toThrow(RangeError);
  });

  it.each([
    ["quality_scor < 0.9", 0, "quality_scor"],
    ["quality_score < 0.9 for a while", 20, "for a while"],
    ["quality_score < 0.9 for 0 minutes", 20, "for 0 minutes"],
    ["quality_score < 0.9 for 3 measurements", 20, "for 3 measurements"],
    ["quality_score for 3 minutes", 0, "a number"],
    ["errors > baseline * requests", 9, "baseline beside 2 metrics"],
    ["1 > 2", 0, "no key metric"],
    ["quality_score < for 3 minutes", 15, "the end"],
  ])("refuse %j at its position", (text, offset, found) => {
    const fault = ((): unknown => {
      try {
        return parse(text);
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toBeInstanceOf(ExpressionFault);
    expect(fault).toMatchObject({ offset });
    expect((fault as ExpressionFault).found).toContain(found);
  });

  it("agree with a plain count over any series", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        (bad, n) => {
          const measurements = series("errors", bad.map(Number), 10);
          const run = [...bad].reverse().findIndex((isBad) => !isBad);
          const streak = run === -1 ? bad.length : run;
          expect(
            stateOf(`errors > 0 for ${n} consecutive measurements`, measurements).state === "holds",
          ).toBe(streak >= n);
          expect(stateOf(`errors > 0 for ${n * 10} minutes`, measurements).state === "holds").toBe(
            streak >= n + 1,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
