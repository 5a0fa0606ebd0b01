import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { startProvider } from "../../src/run/fixtures/provider-server.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { recordedScores } from "../support/recordings.js";
import {
  type Decision,
  type RunJson,
  readEvaluation,
  schemaProblems,
  writeLines,
} from "../support/session.js";
import { smallWorkspace } from "../support/small-workspace.js";

/** Replays `lines` in a folder of its own; flags given twice win. */
async function replay(
  lines: readonly unknown[],
  flags: readonly string[],
): Promise<CliResult & { readonly dir: string }> {
  const dir = await temporaryFolder();
  const recordings = await writeLines(dir, "recordings.jsonl", lines);
  const fixed = ["run", "--mode", "replay", "--recordings", recordings, "--baseline", "big"];
  const result = await tokenop([...fixed, "--quality-margin", "0.01", "--dir", dir, ...flags], { cwd: dir });
  return { ...result, dir };
}

const find = (result: CliResult, candidate: string, scope = "fleet"): Decision =>
  result
    .json<RunJson>()
    .decisions.find((decision) => decision.candidate === candidate && decision.scope === scope)!;

describe("a replay of recorded scores", () => {
  let both: CliResult & { dir: string };
  beforeAll(async () => {
    both = await replay(recordedScores(450), ["--candidates", "same,worse", "--json"]);
  });

  it("rejects a clear loser and certifies a candidate that never differs, then ends with 0", () => {
    expect(both.code).toBe(0);
    expect(find(both, "worse")).toMatchObject({
      verdict: "rejected",
      population: "traffic",
      n: 450,
      baseline_score: 0.9,
      candidate_score: 0.5,
      margin: 0.01,
      family: 2,
    });
    expect(find(both, "worse").upper).toBeLessThan(-0.01);
    const same = find(both, "same");
    expect(same).toMatchObject({ verdict: "certified", difference: 0, samples_needed: 0 });
    expect(same.lower).toBeGreaterThanOrEqual(-0.01);
    expect(same.lower).toBeLessThan(0);
    expect(same.certifiable_margin).toBeCloseTo(-same.lower, 12);
  });

  it("prints JSON that fits the published schema, and nothing else on stdout", async () => {
    expect(await schemaProblems("run", both.json())).toEqual([]);
  });

  it("writes an evaluation that fits its schema and holds the same decisions", async () => {
    const evaluation = await readEvaluation(both.dir);
    const run = { created_at: "", tokenop_version: "", directory: "" };
    expect(await schemaProblems("evaluation.yaml", { ...evaluation, run })).toEqual([]);
    const printed = both.json<RunJson>().decisions;
    expect(evaluation.decisions.map(({ path, ...decision }) => decision)).toEqual(printed);
  });

  it("is the same for any order of lines, and differs in nothing but its run block", async () => {
    const again = await replay([...recordedScores(450)].reverse(), ["--candidates", "same,worse", "--json"]);
    expect(again.json<RunJson>().decisions).toEqual(both.json<RunJson>().decisions);
    const texts = await Promise.all(
      [both, again].map(({ dir }) => readFile(join(dir, "evaluation.yaml"), "utf8")),
    );
    const comparable = texts.map((text) => text.split(/^run:$/m)[0]!.replace(/sha256: \w+/, ""));
    expect(comparable[0]).toBe(comparable[1]);
  });

  it("draws other samples for another seed", async () => {
    const of = async (seed: string): Promise<number> => {
      const flags = ["--candidates", "worse", "--sample-size", "40", "--seed", seed, "--json"];
      return find(await replay(recordedScores(450), flags), "worse").difference;
    };
    expect(await of("1")).toBe(await of("1"));
    expect(new Set([await of("1"), await of("2"), await of("3")]).size).toBeGreaterThan(1);
  });

  it("stops early with fewer calls and the same verdicts", async () => {
    const flags = ["--candidates", "same,worse", "--early-stopping", "--json"];
    const early = await replay(recordedScores(450), flags);
    expect(early.code).toBe(0);
    expect(find(early, "worse")).toMatchObject({ verdict: "rejected" });
    expect(find(early, "same")).toMatchObject({ verdict: "certified" });
    const [eager, whole] = [early.json<RunJson>(), both.json<RunJson>()];
    expect(eager.calls_fixed_design).toBe(whole.calls_fixed_design);
    expect(whole.calls).toBe(1_350);
    expect(eager.calls).toBeLessThan(1_000);
    expect(find(early, "worse").n).toBe(find(early, "worse").decided_at);
  });

  it("drops the dearer of two candidates once the cheaper is certified, unless asked to take turns", async () => {
    const lines = recordedScores(450).flatMap((line) => {
      const cost = { big: 0.01, same: 0.002, worse: 0.001 }[line.model]!;
      const priced = { ...line, cost_usd: cost };
      return line.model === "same" ? [priced, { ...priced, model: "twin", cost_usd: 0.008 }] : [priced];
    });
    const flags = [
      "--candidates",
      "twin,same,worse",
      "--early-stopping",
      "--quality-margin",
      "0.05",
      "--json",
    ];
    const dropped = await replay(lines, flags);
    expect(dropped.code).toBe(0);
    expect(find(dropped, "same").verdict).toBe("certified");
    expect(find(dropped, "worse").verdict).toBe("rejected");
    expect(find(dropped, "twin").explanation).toContain("costs less and is certified");
    const inTurn = await replay(lines, [...flags, "--allocation", "round-robin"]);
    expect(find(inTurn, "twin").verdict).toBe("certified");
    expect((await readEvaluation(inTurn.dir)).allocation).toBe("round-robin");
    const unknown = await replay(lines, [...flags, "--allocation", "cheapest-first"]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("saving-weighted, round-robin, successive-elimination, top-two");
  });

  it("stays inconclusive on too few samples, says how many more it takes, and ends with 4", async () => {
    const few = await replay(recordedScores(60), ["--candidates", "same", "--json"]);
    expect(few.code).toBe(4);
    const decision = find(few, "same");
    expect(decision).toMatchObject({ verdict: "inconclusive", n: 60, decided_at: null });
    expect(decision.certifiable_margin).toBeGreaterThan(0.01);
    const enough = 60 + decision.samples_needed!;
    const more = await replay(recordedScores(enough + 20), ["--candidates", "same", "--json"]);
    expect(find(more, "same").verdict).toBe("certified");
  });

  it("asks a candidate that is named twice once", async () => {
    const twice = await replay(recordedScores(30), ["--candidates", "same,same", "--json"]);
    expect(twice.json<RunJson>().decisions.map(({ candidate, family }) => [candidate, family])).toEqual([
      ["same", 1],
    ]);
  });
});

describe("the scope of a replay", () => {
  it("divides alpha by intents times candidates, each intent tested on its own samples", async () => {
    const lines = recordedScores(400);
    const whole = await replay(lines, ["--candidates", "same,worse", "--scope", "intent", "--json"]);
    const { decisions } = whole.json<RunJson>();
    expect(decisions.map(({ scope, candidate, n, family }) => [scope, candidate, n, family])).toEqual([
      ["ask", "same", 200, 4],
      ["ask", "worse", 200, 4],
      ["sum-up", "same", 200, 4],
      ["sum-up", "worse", 200, 4],
    ]);
    const asks = lines.filter(({ intent }) => intent === "ask");
    const alone = await replay(asks, ["--candidates", "same", "--alpha", "0.0125", "--json"]);
    expect(find(whole, "same", "ask").lower).toBeCloseTo(find(alone, "same").lower, 9);
  });

  it("counts these samples exactly where the claim is about them alone", async () => {
    const flags = ["--candidates", "same,worse", "--population", "samples", "--json"];
    const census = await replay(recordedScores(30), flags);
    expect(census.code).toBe(0);
    expect(find(census, "same")).toMatchObject({ verdict: "certified", lower: 0, upper: 0, n: 30 });
    const worse = find(census, "worse");
    expect(worse).toMatchObject({ verdict: "rejected", population: "samples" });
    expect([worse.lower, worse.upper]).toEqual([worse.difference, worse.difference]);
    expect(worse.difference).toBeCloseTo(-0.4, 12);
  });
});

describe("a replay of recorded answers", () => {
  it("grades them against their references with the grader that each line names", async () => {
    const lines = Array.from({ length: 20 }, (_, index) =>
      [
        { model: "big", response: `The total is ${index}.`, grader: "numeric" },
        { model: "same", response: index < 5 ? "no idea" : `${index}`, grader: "numeric" },
      ].map((line) => ({ sample_id: index, reference: `${index}`, ...line })),
    ).flat();
    const graded = await replay(lines, ["--candidates", "same", "--json"]);
    expect(find(graded, "same")).toMatchObject({ n: 20, baseline_score: 1, candidate_score: 0.75 });
  });

  it("lists its graders", async () => {
    const [text, json] = await Promise.all([
      tokenop(["run", "--list-graders"]),
      tokenop(["run", "--list-graders", "--json"]),
    ]);
    const ids = json.json<{ graders: { id: string }[] }>().graders.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["exact", "numeric", "regex", "contains", "json-schema"]));
    for (const id of ids) expect(text.stdout).toContain(id);
  });
});

describe("a gate", () => {
  it.each([
    ["fails while the evidence is thin", recordedScores(30), "same", 3],
    ["fails for a rejected candidate", recordedScores(60), "worse", 3],
    ["holds once the candidate is certified", recordedScores(400), "same", 0],
  ])("%s", async (_, lines, candidate, code) => {
    expect((await replay(lines, ["--candidates", candidate, "--require-certified"])).code).toBe(code);
  });
});

describe("recordings that cannot be used", () => {
  const good = recordedScores(2);
  it.each([
    ["a score beyond 1", { sample_id: "s9", model: "big", score: 1.5 }, ':7, field "score"'],
    ["no model", { sample_id: "s9", score: 1 }, ':7, field "model"'],
    ["neither score nor response", { sample_id: "s9", model: "big" }, "response"],
    ["a grader that does not exist", { sample_id: "s9", model: "big", response: "x", grader: "gut" }, "gut"],
  ])("with %s name file, line and field, and end with 2", async (_, line, expected) => {
    const result = await replay([...good, line], ["--candidates", "same"]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(expected);
  });

  it("that are not JSON are named by line, without their text", async () => {
    const dir = await temporaryFolder();
    const path = await writeLines(dir, "recordings.jsonl", good);
    await writeFile(path, `${await readFile(path, "utf8")}{"sample_id": "secret words", \n`);
    const flags = ["--mode", "replay", "--recordings", path, "--baseline", "big", "--candidates", "same"];
    const result = await tokenop(["run", ...flags], { cwd: dir });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("recordings.jsonl:7");
    expect(result.stderr).not.toContain("secret words");
  });

  it.each([
    ["candidate", ["--candidates", "gone"]],
    ["baseline", ["--candidates", "same", "--baseline", "gone"]],
  ])("for want of the %s say which models there are", async (_, flags) => {
    const result = await replay(good, flags);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('no model "gone"');
    expect(result.stderr).toContain("big, same, worse");
  });
});

describe("a dry run", () => {
  const prompts = Array.from({ length: 12 }, (_, index) => ({
    id: `p${index}`,
    prompt: `Add ${index} and 1.`,
    model: "gpt-4o",
    reference: `${index + 1}`,
  }));

  it("says calls, dollars and pairs, and calls nothing", async () => {
    const dir = await temporaryFolder();
    await writeLines(dir, "prompts.jsonl", prompts);
    const provider = await startProvider(() => ({ body: {} }));
    try {
      const flags = ["--input", "prompts.jsonl", "--candidates", "gpt-4o-mini", "--dry-run"];
      const live = [...flags, "--base-url", provider.url, "--yes-send-to", provider.host];
      const env = { OPENAI_API_KEY: "sk-local-0123456789abcdef" };
      const [text, json] = [
        await tokenop(["run", ...live], { cwd: dir, env }),
        await tokenop(["run", ...live, "--json"], { cwd: dir, env }),
      ];
      expect(text.code).toBe(0);
      expect(text.stdout).toMatch(/24 calls.*USD.*at most USD/);
      expect(text.stdout).toContain("12 pairs on file, at least 361 needed");
      const { estimate } = json.json<RunJson>();
      expect(estimate).toMatchObject({ calls: 24, questions: [{ pairs_if_all_tie: 361 }] });
      expect(Number(estimate!.most.cost_usd)).toBeGreaterThan(0);
      expect(await schemaProblems("run", json.json())).toEqual([]);
      expect(provider.received).toHaveLength(0);
    } finally {
      provider.close();
    }
  });

  it("of recordings costs nothing", async () => {
    const result = await replay(recordedScores(30), ["--candidates", "same", "--dry-run", "--json"]);
    expect(result.code).toBe(0);
    expect(result.json<RunJson>()).toMatchObject({
      decisions: [],
      estimate: { calls: 60, most: { tokens: 0, cost_usd: "0" } },
    });
  });
});

describe("a run of a plan, simulated", () => {
  it("answers the plan's questions, stops early with fewer calls, and certifies a saving", async () => {
    const dir = await smallWorkspace({ model: "sim-large" });
    const simulate = (...flags: string[]) =>
      tokenop(["run", "--mode", "simulate", "--dir", dir, "--json", ...flags], { cwd: dir });
    const whole = await simulate();
    const early = await simulate("--early-stopping");
    expect(await schemaProblems("run", whole.json())).toEqual([]);
    const [all, some] = [whole.json<RunJson>(), early.json<RunJson>()];
    expect(all.decisions.map(({ verdict }) => verdict)).toContain("certified");
    expect(some.decisions.map(({ verdict }) => verdict)).toContain("certified");
    expect(some.calls).toBeLessThan(all.calls);
    expect(all.calls).toBe(all.calls_fixed_design);
    expect(all).toMatchObject({ complete: true, certified_saving_usd_month: expect.any(Number) });
    expect(whole.stderr).not.toContain("sim-large");
  });

  it("is answered by recordings too, and certifies the plan's actions by them", async () => {
    const dir = await smallWorkspace({ model: "sim-large" });
    const { prove } = parse(await readFile(join(dir, "plan.yaml"), "utf8")) as {
      prove: {
        question: string;
        baseline: { model: string };
        candidate: { model: string };
        variant?: string | null;
      }[];
    };
    const ids = (await readFile(join(dir, "samples.jsonl"), "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id);
    const [first] = prove;
    const lines = ids.flatMap((sample_id) => [
      { sample_id, model: first!.baseline.model, score: 1 },
      {
        sample_id,
        model: first!.candidate.model,
        ...(first!.variant != null && { variant: first!.variant }),
        score: 1,
      },
    ]);
    const recordings = await writeLines(dir, "recordings.jsonl", lines);
    const replay = ["run", "--mode", "replay", "--plan", join(dir, "plan.yaml"), "--dir", dir, "--json"];
    const missing = await tokenop(replay, { cwd: dir });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("TOP-RUN-RECORDINGS");
    const result = await tokenop([...replay, "--recordings", recordings], { cwd: dir });
    const { decisions, certified_saving_usd_month } = result.json<
      RunJson & { certified_saving_usd_month: number }
    >();
    expect(decisions.find(({ question }) => question === first!.question)).toMatchObject({
      verdict: "certified",
      difference: 0,
    });
    expect(certified_saving_usd_month).toBeGreaterThan(0);
    const other = decisions.filter(({ question }) => question !== first!.question);
    for (const { verdict, explanation } of other.filter(({ n }) => n === 0)) {
      expect(verdict).toBe("inconclusive");
      expect(explanation).toContain("No answers to its samples are recorded");
    }
  });

  it("with nothing to prove is done at once", async () => {
    const dir = await smallWorkspace({ model: "sim-small" });
    const result = await tokenop(["run", "--mode", "simulate", "--dir", dir, "--json"], { cwd: dir });
    expect(result.code).toBe(0);
    expect(result.json<RunJson>()).toMatchObject({ decisions: [], calls: 0, complete: true });
    const report = await tokenop(["report", "--dir", dir, "--json"], { cwd: dir });
    expect(report.code).toBe(0);
  });
});
