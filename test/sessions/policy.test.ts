import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { smallWorkspace } from "../support/small-workspace.js";

interface PlanFile {
  readonly actions: readonly { readonly id: string; readonly approvals: readonly string[] }[];
  readonly prove: readonly { readonly question: string; readonly cluster: string }[];
  readonly warnings: readonly string[];
}

let dir = "";

/** Nine hundred simulated requests of one intent, a third of them a tenant's of its own. */
beforeAll(async () => {
  const blue = Array.from({ length: 300 }, (_, index) =>
    JSON.stringify({
      id: `blue-${index}`,
      ts: new Date(Date.UTC(2026, 9, 1) + index * 240_000).toISOString(),
      ...{ intent: "sort-mail", provider: "simulated", model: "sim-large", tenant: "blue" },
      ...{ input_tokens: 800, output_tokens: 90, latency_ms: 700, status: "ok" },
    }),
  );
  dir = await smallWorkspace({ model: "sim-large", extraLines: blue });
}, 120_000);

async function planWith(rules: object): Promise<PlanFile> {
  const path = join(dir, "policy.yaml");
  const policy = parse(await readFile(path, "utf8")) as object;
  const { tenants: _, approvals: __, ...rest } = policy as Record<string, unknown>;
  await writeFile(path, stringify({ ...rest, economics: { hourly_rate_usd: 0 }, ...rules }));
  const result = await tokenop(["plan", "--dir", dir, "--quiet"], { cwd: dir });
  expect(result.code, result.stderr).toBe(0);
  return parse(await readFile(join(dir, "plan.yaml"), "utf8")) as PlanFile;
}

const idsOf = ({ actions }: PlanFile): string[] =>
  actions.map(({ id }) => id).filter((id) => id.startsWith("route/"));

describe("rules for one tenant", () => {
  it("keep its requests off a model that everybody else is routed to", async () => {
    expect(idsOf(await planWith({}))).toEqual(["route/sort-mail"]);
    const denied = await planWith({ tenants: [{ tenant: "blue", deny: { models: ["sim-small"] } }] });

    expect(idsOf(denied)).toEqual(["route/sort-mail"]);
    expect(denied.warnings.join("\n")).toContain("requests of blue are planned apart");
  });

  it("give it a question of its own, which the run answers and the report shows", async () => {
    const plan = await planWith({ tenants: [{ tenant: "blue" }], approvals: [{ when: {}, by: "cfo" }] });

    expect(idsOf(plan).sort()).toEqual(["route/sort-mail", "route/sort-mail@blue"]);
    expect(plan.prove.map(({ cluster }) => cluster)).toEqual(["sort-mail", "sort-mail"]);
    expect(plan.actions.every(({ approvals }) => approvals.join() === "cfo")).toBe(true);

    const run = await tokenop(["run", "--dir", dir, "--mode", "simulate", "--json"], { cwd: dir });
    expect([0, 4], run.stderr).toContain(run.code);
    const { decisions } = run.json<{
      decisions: readonly { readonly question: string; readonly n: number }[];
    }>();
    expect(decisions.map(({ question }) => question).sort()).toEqual(idsOf(plan).sort());
    for (const { n } of decisions) expect(n).toBeGreaterThan(0);
    const report = await tokenop(["report", "--dir", dir, "--quiet"], { cwd: dir });
    expect(report.code, report.stderr).toBe(0);
    expect(await readFile(join(dir, "reports", "summary.md"), "utf8")).toContain("sort-mail@blue");
  });
});

describe("the policy that init writes", () => {
  it("is a policy, word for word, and plans as none at all does", async () => {
    const fresh = await temporaryFolder();
    await tokenop(["init", "--dir", fresh], { cwd: fresh });
    const constraints = join(fresh, "policy.yaml");
    const result = await tokenop(["plan", "--dir", dir, "--constraints", constraints, "--json"], {
      cwd: dir,
    });

    expect(result.code, result.stderr).toBe(0);
    expect(await readFile(constraints, "utf8")).toMatch(/^# What a plan may do/);
  });
});
