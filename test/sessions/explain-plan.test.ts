import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { tokenop } from "../support/cli.js";
import { schemaProblems } from "../support/session.js";
import { smallWorkspace } from "../support/small-workspace.js";

interface PlanFile {
  readonly actions: readonly { readonly id: string; readonly standalone_saving_usd: string }[];
}

interface Explained {
  readonly standalone_saving_usd_month: string;
  readonly alone: {
    readonly saving_usd_month: string;
    readonly cells: readonly {
      readonly model: string;
      readonly requests_before: number;
      readonly requests_after: number;
    }[];
  };
}

let dir: string;
let action: PlanFile["actions"][number];

beforeAll(async () => {
  dir = await smallWorkspace({ model: "sim-large" });
  const plan: PlanFile = parse(await readFile(join(dir, "plan.yaml"), "utf8"));
  action = plan.actions[0]!;
});

const explain = (id: string, ...flags: string[]) =>
  tokenop(["plan", "--explain", id, "--dir", dir, ...flags], { cwd: dir });

describe("tokenop plan --explain", () => {
  it("prints tokens, rates and dollars of one action, and leaves plan.yaml alone", async () => {
    const before = await readFile(join(dir, "plan.yaml"), "utf8");
    const { code, stdout } = await explain(action.id);

    expect(code).toBe(0);
    expect(stdout.startsWith(`${action.id}: `)).toBe(true);
    // 600 requests move from 10 and 40 to 0.5 and 2 USD per million tokens.
    expect(stdout).toMatch(
      /^sort-mail, simulated\/sim-large, sim-1 +requests +600 +0 +USD [\d.]+ +USD 0\.00$/m,
    );
    expect(stdout).toMatch(/^ +input +[\d,]+ +0 +10 +USD [\d.]+ +USD 0\.00$/m);
    expect(stdout).toMatch(/sim-small, from simulated\/sim-large/);
    expect(stdout).toMatch(/^USD [\d.]+ - [\d.]+ = [\d.]+; times [\d.]+ = USD [\d.,]+ a month$/m);
    expect(stdout).toContain("Shapley share");
    expect(await readFile(join(dir, "plan.yaml"), "utf8")).toBe(before);
  });

  it("prints the same as JSON with a published schema, equal to plan.yaml to the last digit", async () => {
    const json = (await explain(action.id, "--json")).json<Explained>();

    expect(await schemaProblems("plan-explain", json)).toEqual([]);
    expect(json.alone.saving_usd_month).toBe(action.standalone_saving_usd);
    expect(json.standalone_saving_usd_month).toBe(action.standalone_saving_usd);
    expect(json.alone.cells.map((cell) => [cell.model, cell.requests_before, cell.requests_after])).toEqual([
      ["sim-large", 600, 0],
      ["sim-small", 0, 600],
    ]);
  });

  it("names the nearest action where there is none of that id", async () => {
    const { code, stderr } = await explain(`${action.id}s`);

    expect(code).toBe(2);
    expect(stderr).toContain("TOP-PLAN-ACTION");
    expect(stderr).toContain(`tokenop plan --explain ${action.id}`);
  });

  it("refuses a plan that was made under another policy", async () => {
    const policy = join(dir, "other.yaml");
    await writeFile(policy, "quality: { budget: 0.05 }\n");
    const { code, stderr } = await explain(action.id, "--constraints", policy);

    expect(code).toBe(2);
    expect(stderr).toContain("TOP-PLAN-STALE");
    expect(stderr).toContain("other.yaml is not the one that it was made from");
  });
});
