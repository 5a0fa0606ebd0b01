import { describe, expect, it } from "vitest";
import { describeError, GateError, IncompleteError, UpstreamError, UsageError } from "./errors.js";
import { redactSecrets } from "./log.js";

describe("errors", () => {
  it("say what, what was found, and the way out, in three lines", () => {
    const error = new UsageError({ code: "TOP-X", message: "It broke.", found: "Found 1.", fix: "Do 2." });
    expect(describeError(error)).toBe("error TOP-X: It broke.\n  Found 1.\n  Do 2.");
    expect(describeError(new UsageError({ code: "TOP-X", message: "It broke." }))).toBe(
      "error TOP-X: It broke.",
    );
  });

  it("carry the exit code of their kind", () => {
    const details = { code: "TOP-X", message: "m" };
    const codes = [UsageError, GateError, IncompleteError, UpstreamError].map(
      (Kind) => new Kind(details).exitCode,
    );
    expect(codes).toEqual([2, 3, 4, 5]);
  });
});

describe("redaction", () => {
  it("hides the value of every secret-named variable and anything shaped like a key", () => {
    const env = { SOME_API_KEY: "hunter2hunter2", SHORT_KEY: "1", PATH: "/usr/bin:/bin" };
    const text = "sent hunter2hunter2 to 1 host on /usr/bin:/bin with sk-abcdefghijklmnopqrst";
    expect(redactSecrets(text, env)).toBe(
      "sent [redacted SOME_API_KEY] to 1 host on /usr/bin:/bin with [redacted key]",
    );
  });
});
