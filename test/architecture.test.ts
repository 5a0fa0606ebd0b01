import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkFile, checkTree } from "../scripts/check-architecture.mjs";

const rules = (file: string, text: string): string[] => checkFile(file, text).map((breach) => breach.rule);

describe("the house", () => {
  it("has no breach of its import directions, doors and sizes", () => {
    expect(checkTree(fileURLToPath(new URL("..", import.meta.url)))).toEqual([]);
  });
});

describe("the import rule", () => {
  it("names file, line and rule", () => {
    const [breach] = checkFile("src/run/a.ts", 'import x from "y";\nimport { b } from "../plan/solve.js";\n');
    expect(breach).toMatchObject({ file: "src/run/a.ts", line: 2 });
    expect(breach?.rule).toContain("run may not import plan/solve.ts");
  });

  it("lets a stage read the contract of an earlier stage, never of a later one", () => {
    expect(rules("src/run/a.ts", 'import type { P } from "../plan/contract.js";')).toEqual([]);
    expect(rules("src/plan/a.ts", 'import type { R } from "../run/contract.js";')).toHaveLength(1);
  });

  it("keeps shared free of everything else", () => {
    expect(rules("src/shared/a.ts", 'import { b } from "../stats/b.js";')).toHaveLength(1);
  });

  it("keeps adapters apart", () => {
    expect(rules("src/collect/files/a.ts", 'import { b } from "../local-agents/b.js";')).toHaveLength(1);
  });

  it("lets each outside library in by one door", () => {
    expect(rules("src/events/a.ts", 'import { d } from "@duckdb/node-api";')).toHaveLength(1);
    expect(rules("src/engine/duckdb/a.ts", 'const d = await import("@duckdb/node-api");')).toEqual([]);
  });

  it("refuses a clock, randomness, the process and the network below cli", () => {
    const text = "const a = Date.now();\nconst b = Math.random();\nprocess.env.HOME;\nawait fetch(url);\n";
    expect(checkFile("src/plan/a.ts", text).map((breach) => breach.line)).toEqual([1, 2, 3, 4]);
    expect(rules("src/cli/a.ts", text)).toEqual([]);
  });

  it("refuses files that nobody would want to read", () => {
    expect(rules("src/plan/a.ts", "x\n".repeat(401))).toEqual(["more than 400 lines"]);
    expect(rules("src/cli/commands/a.ts", "x\n".repeat(81))).toEqual(["more than 80 lines"]);
  });
});
