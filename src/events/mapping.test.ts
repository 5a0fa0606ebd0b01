import { describe, expect, it } from "vitest";
import { UsageError } from "../shared/errors.js";
import { parseMapping } from "./mapping.js";

function refusal(map?: string, set?: string): UsageError {
  try {
    parseMapping(map, set);
  } catch (error) {
    if (error instanceof UsageError) return error;
  }
  throw new Error("expected a refusal");
}

describe("the mapping flags", () => {
  it("pair our columns with the source's, and with constants", () => {
    expect(
      parseMapping("ts=TIMESTAMP, input_tokens=Context Tokens", "provider=openai,model=gpt=4o", "ms"),
    ).toEqual({
      map: { ts: "TIMESTAMP", input_tokens: "Context Tokens" },
      set: { provider: "openai", model: "gpt=4o" },
      tsUnit: "ms",
    });
    expect(parseMapping(undefined, undefined)).toEqual({ map: {}, set: {} });
  });

  it("may leave a column empty that the source has under its name", () => {
    expect(parseMapping("status=", undefined).map).toEqual({ status: "" });
  });

  it.each([
    ["input_token=x", 'The nearest is "input_tokens"'],
    ["inputTokens=x", 'The nearest is "input_tokens"'],
    ["latency=x", 'The nearest is "latency_ms"'],
  ])("name the nearest column for %s", (map, hint) => {
    const { code, message, found } = refusal(map);
    expect(code).toBe("TOP-EVENTS-MAP");
    expect(message).toContain(hint);
    expect(found).toContain("id, ts, intent, provider, model");
  });

  it("guess nothing where no column is near", () => {
    expect(refusal("zzz=x").message).toBe('--map: "zzz" is not a column of an event.');
  });

  it.each<[string | undefined, string | undefined, string]>([
    ["ts", undefined, '"ts" has no "="'],
    ["ts=a,ts=b", undefined, '"ts" is given twice'],
    ["ts=a", "ts=2026-06-01", '"ts" is mapped and set at once'],
    [undefined, "input_tokens=many", '"input_tokens" cannot be "many"'],
    [undefined, "model=", '"model" cannot be ""'],
    [undefined, "status=fine", '"status" cannot be "fine"'],
    [undefined, "ts=never", '"ts" cannot be "never"'],
  ])("refuse --map %s --set %s", (map, set, message) => {
    expect(refusal(map, set).message).toContain(message);
  });
});
