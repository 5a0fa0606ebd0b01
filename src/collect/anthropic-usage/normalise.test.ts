import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { centsToDollars, costStatement, usageEvent } from "./normalise.js";

const bucket = { starting_at: "2026-11-20T07:00:00Z", ending_at: "2026-11-20T08:00:00Z" };
const result = {
  uncached_input_tokens: 100,
  cache_read_input_tokens: 300,
  cache_creation: { ephemeral_1h_input_tokens: 40, ephemeral_5m_input_tokens: 60 },
  output_tokens: 50,
  workspace_id: null,
  model: "claude-sonnet-4-5",
  service_tier: "batch",
};

describe("a result of the usage report", () => {
  it("counts cache reads and writes as input, and keeps them as parts of it", () => {
    expect(usageEvent(result, bucket)).toMatchObject({
      event: {
        input_tokens: 500,
        cached_input_tokens: 300,
        cache_write_tokens: 100,
        cache_write_1h_tokens: 40,
        output_tokens: 50,
        grain: "bucket",
        request_count: null,
        batch: true,
        service_tier: "standard",
        tenant: null,
      },
    });
  });

  it("has an id that tells workspaces, models and hours apart, and is the same each time", () => {
    const idOf = (changes: object, hour = bucket) => {
      const made = usageEvent({ ...result, ...changes }, hour);
      return made !== null && "event" in made ? made.event.id : null;
    };
    const later = { ...bucket, starting_at: "2026-11-20T08:00:00Z" };
    const ids = [idOf({}), idOf({ workspace_id: "w" }), idOf({ model: "m" }), idOf({}, later)];
    expect(new Set(ids).size).toBe(4);
    expect(idOf({ output_tokens: 51 })).toBe(ids[0]);
  });

  it("is nothing where no token was used, and a fault where counts are missing or wrong", () => {
    const empty = { uncached_input_tokens: 0, output_tokens: 0 };
    expect(usageEvent(empty, bucket)).toBeNull();
    expect(() => usageEvent({ output_tokens: 1 }, bucket)).toThrow(/found nothing/);
    expect(() => usageEvent({ ...result, output_tokens: -1 }, bucket)).toThrow(/-1/);
  });
});

describe("a line of the cost report", () => {
  it("is in cents, and its description is not kept", () => {
    const made = costStatement(
      {
        amount: "123.45",
        currency: "USD",
        cost_type: "tokens",
        token_type: "output_tokens",
        description: "x",
      },
      bucket,
    );
    expect(made).toMatchObject({
      statement: { amount: "1.2345", currency: "USD", lineItem: "tokens/output_tokens", basis: "billed" },
    });
    expect(JSON.stringify(made)).not.toContain('"x"');
  });

  it.each([
    ["5", "0.05"],
    ["0", "0.00"],
    ["-250.5", "-2.505"],
    [".5", "0.005"],
    ["100000", "1000.00"],
  ])("moves the point of %s exactly", (cents, dollars) => {
    expect(centsToDollars(cents)).toBe(dollars);
  });

  it("moves the point of any amount exactly", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.integer({ min: 0, max: 999_999 }), (whole, fraction) => {
        const digits = String(fraction).padStart(6, "0");
        const [left, right] = centsToDollars(`${whole}.${digits}`).split(".");
        expect(BigInt(left! + right!)).toBe(BigInt(`${whole}${digits}`));
        expect(right).toHaveLength(8);
      }),
    );
  });
});
