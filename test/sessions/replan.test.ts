import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type CliResult, tokenop } from "../support/cli.js";
import { schemaProblems } from "../support/session.js";
import { smallWorkspace } from "../support/small-workspace.js";

interface PlanFile {
  readonly actions: readonly { readonly id: string }[];
  readonly prove: readonly { readonly question: string; readonly candidate: { readonly model: string } }[];
  readonly joint: { readonly saving_usd_month: string };
  readonly quality: { readonly alpha: number };
  readonly evidence: {
    readonly of: string;
    readonly alpha: { readonly total: number; readonly spent: number; readonly next: number };
    readonly certified: readonly string[];
    readonly ledger: { readonly rounds: readonly { readonly asked: readonly string[] }[] };
  };
}

interface RunJson {
  readonly decisions: readonly { readonly candidate: string; readonly verdict: string }[];
  readonly certified_saving_usd_month: number;
  readonly replanned: {
    readonly differs: boolean;
    readonly certified_saving_usd_month: number;
    readonly proposed: readonly { readonly candidate: string; readonly pairs_if_all_tie: number }[];
  };
}

let dir = "";
let first: CliResult;

const read = async <T>(name: string): Promise<T> => parse(await readFile(join(dir, name), "utf8")) as T;
const cli = (...args: string[]) => tokenop([...args, "--dir", dir], { cwd: dir });
const patchFiles = (): Promise<string[]> => readdir(join(dir, "patches")).catch(() => []);

/** Two cheaper models: the cheapest is wrong most of the time, the other one never. */
async function offerThirdModel(): Promise<void> {
  const prices = await read<{ prices: Record<string, unknown>[] }>("prices.yaml");
  const medium = { ...prices.prices[1], model: "sim-medium", input_usd_per_mtok: 1, output_usd_per_mtok: 4 };
  await writeFile(join(dir, "prices.yaml"), stringify({ prices: [...prices.prices, medium] }));
  const models = await read<{ models: { model: string }[] }>("simulated-models.yaml");
  const [large, small] = models.models;
  const answering = [large, { ...small, accuracy: 0.3 }, { ...small, model: "sim-medium" }];
  await writeFile(join(dir, "simulated-models.yaml"), stringify({ ...models, models: answering }));
  await changePolicy({
    candidates: ["sim-small", "sim-medium"].map((model) => ({ provider: "simulated", model })),
    economics: { hourly_rate_usd: 0 },
    allow: { levers: ["route"] },
  });
}

async function changePolicy(changes: object): Promise<void> {
  const policy = await read<object>("policy.yaml");
  await writeFile(join(dir, "policy.yaml"), stringify({ ...policy, ...changes }));
}

beforeAll(async () => {
  dir = await smallWorkspace({ model: "sim-large" });
  await offerThirdModel();
  for (const stage of ["profile", "plan"]) {
    const result = await cli(stage, "--quiet");
    expect(result.code, result.stderr).toBe(0);
  }
  first = await cli("run", "--mode", "simulate", "--early-stopping", "--json");
}, 120_000);

describe("a run that rejects the plan's candidate", () => {
  it("solves the plan again and proposes the next-cheapest one, with the pairs that it needs", async () => {
    expect(first.code, first.stderr).toBe(0);
    const { decisions, replanned } = first.json<RunJson>();
    expect(decisions).toMatchObject([{ candidate: "simulated/sim-small", verdict: "rejected" }]);
    expect(replanned).toMatchObject({ differs: true, certified_saving_usd_month: 0 });
    expect(replanned.proposed).toMatchObject([{ candidate: "simulated/sim-medium" }]);
    expect(replanned.proposed[0]!.pairs_if_all_tie).toBeGreaterThan(100);
    expect(await schemaProblems("run", first.json())).toEqual([]);
    for (const name of ["replan.yaml", "certified-plan.yaml"])
      expect(await schemaProblems("plan.yaml", await read(name))).toEqual([]);
  });

  it("says so to people, and the same when asked by hand", async () => {
    const byHand = await cli("plan", "--evidence", join(dir, "evaluation.yaml"));

    expect(byHand.code, byHand.stderr).toBe(0);
    expect(byHand.stdout).toMatch(
      /To prove next: .*simulated\/sim-medium.*at least \d+ pairs that no round has asked/,
    );
    expect(byHand.stdout).toContain("quality.alpha: 0.1 in policy.yaml");
    expect((await read<PlanFile>("certified-plan.yaml")).actions).toEqual([]);
  });

  it("merges nothing, and writes what is open only where asked, marked in name and first lines", async () => {
    expect((await cli("report")).code).toBe(0);
    expect(await patchFiles()).toEqual([]);

    expect((await cli("report", "--include-uncertified")).code).toBe(0);

    const files = await patchFiles();
    expect(files).toContain("UNCERTIFIED-router.json");
    for (const name of files) {
      expect(name).toMatch(/^UNCERTIFIED-/);
      const text = await readFile(join(dir, "patches", name), "utf8");
      expect(text.split("\n").slice(0, 4).join("\n")).toMatch(/UNCERTIFIED/);
      expect(text).toContain("not tested");
      expect(text).not.toContain("sim-small");
    }
  });

  it("refuses a further round that would spend alpha twice", async () => {
    const again = await cli("run", "--plan", join(dir, "replan.yaml"), "--mode", "simulate");

    expect(again.code).toBe(2);
    expect(again.stderr).toContain("TOP-RUN-ALPHA-SPENT");
    expect(again.stderr).toContain("quality.alpha: 0.1");
  });

  it("asks a granted round on samples that no round has asked, and certifies what it proposed", async () => {
    const before = await read<PlanFile>("replan.yaml");
    await changePolicy({ quality: { budget: 0.02, alpha: 0.1 } });

    const second = await cli("run", "--plan", join(dir, "replan.yaml"), "--mode", "simulate", "--json");

    expect(second.code, second.stderr).toBe(0);
    const { decisions, replanned } = second.json<RunJson>();
    expect(decisions).toMatchObject([{ candidate: "simulated/sim-medium", verdict: "certified" }]);
    const certified = await read<PlanFile>("certified-plan.yaml");
    expect(certified.evidence).toMatchObject({ of: "certified", certified: [certified.actions[0]!.id] });
    expect(certified.prove).toEqual([]);
    const [one, two] = certified.evidence.ledger.rounds.map(({ asked }) => asked);
    expect(one).toEqual(before.evidence.ledger.rounds[0]!.asked);
    expect(two!.filter((id) => one!.includes(id))).toEqual([]);
    // The first round's alpha is gone; the second's comes back with its certificate.
    expect(certified.evidence.alpha).toEqual({ total: 0.1, spent: 0.05, next: 0.05 });
    expect(replanned.certified_saving_usd_month).toBeCloseTo(Number(certified.joint.saving_usd_month), 6);
  });

  it("then merges the certified plan, with its certificate", async () => {
    const result = await cli("report", "--json");

    expect(result.code, result.stderr).toBe(0);
    const router = JSON.parse(await readFile(join(dir, "patches", "router.json"), "utf8"));
    expect(router.routes).toMatchObject([
      { to: { model: "sim-medium" }, certificate: { verdict: "certified", alpha: 0.05 } },
    ]);
    const { saving } = result.json<{ saving: { certified_usd_month: number } }>();
    const { joint } = await read<PlanFile>("certified-plan.yaml");
    expect(saving.certified_usd_month).toBeCloseTo(Number(joint.saving_usd_month), 6);
  });
});
