import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.js";

describe("the nearest name", () => {
  it.each([
    { typed: "file", nearestName: "files" },
    { typed: "locl-agents", nearestName: "local-agents" },
    { typed: "agents-local", nearestName: null },
    { typed: "zzz", nearestName: null },
  ])("for $typed is $nearestName", ({ typed, nearestName }) => {
    expect(nearest(typed, ["files", "local-agents"])).toBe(nearestName);
  });

  it("does not mind the case", () => {
    expect(nearest("Sumarize", ["classify", "summarize"])).toBe("summarize");
  });

  it("is none among no names", () => {
    expect(nearest("files", [])).toBeNull();
  });
});
