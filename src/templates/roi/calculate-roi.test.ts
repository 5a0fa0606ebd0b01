import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact, parseUsd, toUsd } from "../../shared/money.js";
import { ExpressionFault } from "../expressions/fault.js";
import { exampleWith, parsedFrom } from "../fixtures/example.js";
import { calculateRoi } from "./calculate-roi.js";

const { template } = parsedFrom();

describe("return on investment", () => {
  it("is the template's arithmetic with its defaults, exact in money", () => {
    const roi = calculateRoi(template, new Map());
    // 100,000 requests at 0.02 USD; a quarter saved; 10 hours at 200 USD and 500 USD.
    expect(formatExact(roi.baseline)).toBe("2000");
    expect(formatExact(roi.saving)).toBe("500");
    expect(formatExact(roi.projected)).toBe("1500");
    expect(formatExact(roi.oneOff)).toBe("2500");
    expect(formatExact(roi.netFirstYear)).toBe("3500");
    expect(roi).toMatchObject({
      savingShare: 0.25,
      engineeringHours: 10,
      paybackMonths: 5,
      roiFirstYear: 1.4,
    });
    expect(roi.inputs.map(({ origin }) => origin)).toEqual(["default", "default", "default"]);
    expect(roi.inputs[2]).toMatchObject({
      basis: "replayed",
      source: "tokenop profile, reuse of whole requests",
    });
  });

  it("takes the user's figures, and calls them assumed", () => {
    const roi = calculateRoi(
      template,
      new Map([
        ["hit_rate", 0.4],
        ["monthly_requests", 5_000],
      ]),
    );
    expect(formatExact(roi.saving)).toBe("40");
    expect(roi.engineeringHours).toBe(1);
    expect(roi.inputs[2]).toEqual({
      name: "hit_rate",
      value: 0.4,
      unit: "share",
      description: "Share answered from the cache.",
      origin: "set",
      basis: "assumed",
      source: null,
    });
  });

  it("never pays back where nothing is saved, and has no ratio where nothing is paid", () => {
    expect(calculateRoi(template, new Map([["hit_rate", 0]]))).toMatchObject({
      paybackMonths: null,
      roiFirstYear: -1,
    });
    const free = parsedFrom(
      exampleWith(
        ['"ceil(monthly_requests / 10000)"', "0"],
        ["other_one_off_usd: 500", "other_one_off_usd: 0"],
      ),
    );
    expect(calculateRoi(free.template, new Map())).toMatchObject({ paybackMonths: 0, roiFirstYear: null });
  });

  it("refuses amounts beyond any bill", () => {
    expect(() => calculateRoi(template, new Map([["usd_per_request", 1e20]]))).toThrow(ExpressionFault);
  });

  it("adds up: bill before is bill after and saving, a year is twelve months less what is paid once", () => {
    const any = fc.record({
      requests: fc.nat(1e9),
      price: fc.double({ min: 0, max: 100, noNaN: true }),
      rate: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(any, ({ requests, price, rate }) => {
        const roi = calculateRoi(
          template,
          new Map([
            ["monthly_requests", requests],
            ["usd_per_request", price],
            ["hit_rate", rate],
          ]),
        );
        expect(roi.projected + roi.saving).toBe(roi.baseline);
        expect(roi.netFirstYear + roi.oneOff).toBe(roi.saving * 12n);
        expect(toUsd(roi.saving)).toBeCloseTo(requests * price * rate, 4);
        expect(roi.oneOff).toBe(parseUsd(String(Math.ceil(requests / 10_000) * 200 + 500)));
      }),
    );
  });
});
