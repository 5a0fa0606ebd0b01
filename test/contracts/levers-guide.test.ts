import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { levers } from "../../src/levers/index.js";

const guide = await readFile(join(import.meta.dirname, "../../docs/guide/levers.md"), "utf8");
const FIELDS = ["Changes", "Formula", "Needs", "Proof", "Left out"];

describe("the guide to levers", () => {
  it("lists every lever as the program knows it, in causal order", () => {
    const table = guide.split("<!-- levers -->")[1]!.split("<!-- /levers -->")[0]!;
    const rows = levers.map(
      ({ id, name, layer, stage, risk, effort: { setupHours, hoursPerScope } }) =>
        `| [\`${id}\`](#${id}) | ${name} | ${layer} | ${stage} | ${risk} | ${setupHours} + ${hoursPerScope} |`,
    );
    expect(table.trim().split("\n").slice(2)).toEqual(rows);
  });

  it("has a section for each, in that order, with every field filled", () => {
    const sections = guide.split(/^### /m).slice(1);
    expect(sections.map((section) => section.split("\n")[0])).toEqual(levers.map(({ id }) => id));
    for (const section of sections) {
      const fields = [...section.matchAll(/^- \*\*(.+?)\*\*[^:\n]*: \S/gm)].map(([, field]) => field);
      expect(fields, section.split("\n")[0]).toEqual(FIELDS);
    }
  });

  it("names the levers that the default risk appetite leaves out", () => {
    const text = guide.replace(/\s+/g, " ");
    const named = /\*\*([a-z-]+(?:, [a-z-]+)* and [a-z-]+) need `risk_appetite: high`\*\*/.exec(text)![1]!;
    const high = levers.filter(({ risk }) => risk === "high").map(({ id }) => id);
    expect(named.split(/, | and /)).toEqual(high);
  });
});
