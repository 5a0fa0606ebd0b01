import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EnvironmentCondition, FACTS, type FactValues } from "../contract.js";
import { conditionFault, matchTemplate } from "./match-template.js";

const match = (wanted: Record<string, EnvironmentCondition["wanted"]>, facts: FactValues) =>
  matchTemplate(
    { environmentMatch: Object.entries(wanted).map(([fact, value]) => ({ fact, wanted: value })) },
    facts,
  );

describe("environment matching", () => {
  it("says for each condition what is there and what is wanted, with units", () => {
    const result = match(
      { gpu_utilization: "<60%", gpu_count: ">= 4 and < 64", engines: ["vllm", "sglang"], self_hosted: true },
      { gpu_utilization: 0.42, gpu_count: 2, self_hosted: true },
    );

    expect(result).toEqual({
      fits: "no",
      score: 2.5 / 4,
      conditions: [
        {
          fact: "gpu_utilization",
          answer: "yes",
          reason: "mean share of the time that serving GPUs compute: 42 %, wanted below 60 %",
        },
        {
          fact: "gpu_count",
          answer: "no",
          reason:
            "GPUs that serve inference, at the mean hour: 2 GPUs, wanted at least 4 GPUs and below 64 GPUs",
        },
        {
          fact: "engines",
          answer: "unknown",
          reason: "serving engines in use: not known; wanted any of vllm, sglang",
        },
        {
          fact: "self_hosted",
          answer: "yes",
          reason: "a part of the requests is served by GPUs that the user rents or owns: yes, wanted yes",
        },
      ],
    });
  });

  it("fits where all conditions hold, and may fit where nothing speaks against it", () => {
    expect(match({ gpu_count: ">0" }, { gpu_count: 1 })).toMatchObject({ fits: "yes", score: 1 });
    expect(match({ gpu_count: ">0" }, {})).toMatchObject({ fits: "unknown", score: 0.5 });
    expect(match({ gpu_count: ">0" }, { gpu_count: 0 })).toMatchObject({ fits: "no", score: 0 });
  });

  it.each<[string, EnvironmentCondition["wanted"], FactValues[string], string]>([
    ["models", "gpt-4*", ["GPT-4o-mini"], "yes"],
    ["models", "gpt-4*", ["my-gpt-4"], "no"],
    ["models", ["claude-*", "*-mini"], ["o3-mini"], "yes"],
    ["models", "gpt.4", ["gpt-4"], "no"],
    ["models", "*", [""], "yes"],
    ["models", "a*a", ["a"], "no"],
    ["models", "*mini*2024*", ["gpt-4o-mini-2024-07"], "yes"],
    ["models", "*2024*mini*", ["gpt-4o-mini-2024-07"], "no"],
    ["models", `${"a*".repeat(60)}b`, ["a".repeat(2000)], "no"],
    ["engines", ["!vllm", "!sglang"], ["pytorch"], "yes"],
    ["engines", ["!vllm", "!sglang"], ["pytorch", "vLLM"], "no"],
    ["engines", "!vllm", [], "yes"],
    ["engines", "vllm", [], "no"],
    ["gpu_utilization", 0.5, 0.5, "yes"],
    ["requests_per_month", ">= 1_000_000", 999_999, "no"],
    ["requests_per_month", "1e6", 1_000_000, "yes"],
    ["error_share", "> 2%", 0.02, "no"],
    ["autoscaling", false, false, "yes"],
    ["autoscaling", false, true, "no"],
  ])("%s: %j against %j is %s", (fact, wanted, actual, answer) => {
    expect(match({ [fact]: wanted }, { [fact]: actual }).conditions[0]!.answer).toBe(answer);
  });

  it.each<[string, EnvironmentCondition["wanted"], string]>([
    ["gpu_utilization", "<60", "60 for a share"],
    ["gpu_count", "<60%", "a percentage"],
    ["gpu_count", "few", '"few"'],
    ["gpu_count", ">= 1 or < 5", '">= 1 or < 5"'],
    ["engines", ["vllm", "!sglang"], "with and without !"],
  ])("finds fault with %s: %j", (fact, wanted, found) => {
    expect(conditionFault({ fact, wanted })?.found).toContain(found);
  });

  it("never scores a fleet lower for a fact that turns from wrong to unknown to right", () => {
    const numeric = FACTS.filter(({ kind, unit }) => kind === "number" && unit !== "share").map(
      ({ name }) => name,
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...numeric), { minLength: 1, maxLength: 6 }),
        fc.nat(5),
        fc.array(fc.constantFrom(0, 100, undefined), { minLength: 6, maxLength: 6 }),
        (names, pick, values) => {
          const changed = names[pick % names.length]!;
          const given = Object.fromEntries(names.map((name, index) => [name, values[index]]));
          const wanted = Object.fromEntries(names.map((name) => [name, "> 50"]));
          const score = (value: number | undefined) => match(wanted, { ...given, [changed]: value }).score;
          expect(score(0)).toBeLessThan(score(undefined));
          expect(score(undefined)).toBeLessThan(score(100));
          expect(score(100)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
