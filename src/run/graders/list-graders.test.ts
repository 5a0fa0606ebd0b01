import { describe, expect, it } from "vitest";
import { checkGrader, GRADERS, listGraders } from "./index.js";

describe("the list of graders", () => {
  it("has every grader, and marks those that run programs", () => {
    expect(listGraders().map(({ id }) => id)).toEqual(GRADERS.map(({ id }) => id));
    expect(
      listGraders()
        .filter(({ executes }) => executes)
        .map(({ id }) => id),
    ).toEqual(["command", "code"]);
  });

  it("describes every option, with its default where it has one", () => {
    const options = listGraders().flatMap((grader) => grader.options);
    expect(options.filter(({ description }) => description === "")).toEqual([]);
    const optionsOf = (id: string) =>
      listGraders()
        .find((grader) => grader.id === id)!
        .options.map((option) => [option.name, option.required, option.default]);
    expect(optionsOf("command")).toEqual([
      ["command", true, undefined],
      ["timeout_ms", false, 30_000],
    ]);
    expect(optionsOf("regex")).toEqual([
      ["required", false, undefined],
      ["forbidden", false, undefined],
      ["flags", false, "u"],
    ]);
  });

  it("shows defaults that the graders take", () => {
    for (const { id, options } of listGraders()) {
      if (options.some((option) => option.default === undefined) || id === "regex") continue;
      const given = Object.fromEntries(options.map((option) => [option.name, option.default]));
      expect(checkGrader({ kind: id, ...given }, "s").grader.id).toBe(id);
    }
  });
});
