import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatExact, formatUsd, parseUsd, picoPerToken, ratio, scale, toUsd } from "./money.js";

describe("money", () => {
  it("prices one token at 0.15 USD per million tokens at exactly 150,000 pico-USD", () => {
    expect(picoPerToken("0.15")).toBe(150_000n);
    expect(picoPerToken(0.0375)).toBe(37_500n);
  });

  it.each([
    ["47.608895", 47_608_895_000_000n],
    ["-0.5", -500_000_000_000n],
    ["1e-6", 1_000_000n],
    [".25", 250_000_000_000n],
    ["3", 3_000_000_000_000n],
  ])("reads %s exactly", (text, pico) => {
    expect(parseUsd(text)).toBe(pico);
  });

  it.each(["", "abc", "1.2.3", "--1", "1,000"])("refuses %j as an amount", (text) => {
    expect(() => parseUsd(text)).toThrow(/not a decimal amount/);
  });

  it("refuses digits that it could not keep", () => {
    expect(() => parseUsd("0.0000000000001")).toThrow(/finer than/);
  });

  it("returns from text what it wrote", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (amount) => {
        expect(parseUsd(formatExact(amount))).toBe(amount);
      }),
    );
  });

  it("rounds half away from zero when scaling, on both sides of zero", () => {
    expect(scale(5n, 1n, 2n)).toBe(3n);
    expect(scale(-5n, 1n, 2n)).toBe(-3n);
    expect(scale(4n, 1n, 3n)).toBe(1n);
    expect(() => scale(1n, 1n, 0n)).toThrow(/division/);
  });

  it("shows amounts with their currency and keeps digits of small ones", () => {
    expect(formatUsd(parseUsd("1234.567"))).toBe("USD 1,234.57");
    expect(formatUsd(parseUsd("0.00012346"))).toBe("USD 0.0001235");
    expect(formatUsd(0n)).toBe("USD 0.00");
    expect(toUsd(parseUsd("0.1"))).toBe(0.1);
  });

  it("forms ratios without dividing by zero", () => {
    expect(ratio(1n, 4n)).toBe(0.25);
    expect(ratio(1n, 0n)).toBe(0);
  });
});
