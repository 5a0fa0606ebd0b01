import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BODY_SECTIONS, CATEGORIES, FACTS } from "../../src/templates/contract.js";
import { lintTemplates, parseTemplate } from "../../src/templates/index.js";

const guide = await readFile(join(import.meta.dirname, "../../docs/guide/templates.md"), "utf8");

describe("the guide to templates", () => {
  it("lists every fact as the program knows it", () => {
    const table = guide.split("<!-- facts -->")[1]!.split("<!-- /facts -->")[0]!;
    const rows = FACTS.map(
      ({ name, kind, unit, meaning }) => `| \`${name}\` | ${kind} | ${unit} | ${meaning} |`,
    );
    expect(table.trim().split("\n").slice(2)).toEqual(rows);
  });

  it("shows an example that fits the format", () => {
    const example = /```yaml\n(id: [\s\S]*?)```/.exec(guide)![1]!;
    const result = parseTemplate(`---\n${example}---\n`, "prompt-caching.md");
    if (!("parsed" in result)) return expect.fail(JSON.stringify(result.problems));
    const problems = lintTemplates([result.parsed], { leverIds: ["prompt-caching"] });
    // It has no body; all else must hold.
    expect(problems.filter(({ code }) => code !== "TOP-TEMPLATE-BODY")).toEqual([]);
  });

  it("names every category and section", () => {
    for (const category of CATEGORIES) expect(guide).toMatch(new RegExp(`\\b${category}\\b`));
    for (const section of BODY_SECTIONS) expect(guide).toContain(`## ${section}\n`);
  });
});
