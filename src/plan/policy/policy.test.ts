import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bookOf, cell, workload } from "../../levers/fixtures/workloads.js";
import { loadPolicy } from "./load-policy.js";
import { readRules } from "./rules.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "policy-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function policyFrom(text: string) {
  const path = join(folder, "policy.yaml");
  await writeFile(path, text);
  return loadPolicy(path);
}

const given = workload([cell(), cell({ cluster: "search", model: "small" })], {
  samples: { chat: 250, search: 0 },
});
const book = bookOf();

describe("a policy file", () => {
  it("may be absent, empty, or nothing but comments", async () => {
    const defaults = await loadPolicy(null);

    expect(defaults.quality).toMatchObject({ budget: 0.01, alpha: 0.05, maximumMargin: 0.1 });
    expect(await policyFrom("")).toEqual(defaults);
    expect(await policyFrom("# all defaults\n")).toEqual(defaults);
  });

  it("may say what the guide's example says", async () => {
    const guide = await readFile(new URL("../../../docs/guide/plan.md", import.meta.url), "utf8");
    const example = /```yaml\n(apiVersion[\s\S]*?)```/.exec(guide)![1]!;

    const policy = await policyFrom(example);

    expect(policy.tenants[0]).toMatchObject({ tenant: "hospital-7", dataResidency: ["eu-"], margin: 0 });
    expect(policy.approvals[0]!.by).toBe("platform-team");
  });

  it("refuses a key that it does not know, with its line", async () => {
    await expect(policyFrom("quality:\n  budgett: 0.02\n")).rejects.toMatchObject({
      code: "TOP-ARTIFACT-SCHEMA",
      message: expect.stringContaining("policy.yaml:2"),
    });
  });

  it("names intents that the workload does not have, with the nearest that it has", async () => {
    const policy = await policyFrom("exact_cache:\n  attested_intents: [serach]\n");

    expect(readRules(policy, given, book, []).warnings).toEqual([
      'policy exact_cache.attested_intents: "serach" is not in this workload and has no effect; did you mean "search"?',
    ]);
  });

  it("names levers and candidates that it cannot use", async () => {
    const policy = await policyFrom(
      [
        "allow: { levers: [rout], models: [small] }",
        "candidates:",
        "  - { provider: acme, model: medium }",
        "  - { provider: acme, model: small }",
      ].join("\n"),
    );

    expect(readRules(policy, given, book, ["route"]).warnings).toEqual([
      expect.stringContaining('did you mean "route"?'),
      "policy candidates: acme/medium is left out: the policy does not allow acme/medium (allow.models)",
      "the policy does not allow acme/large (allow.models), yet the log has 100 such requests; no change will add to them",
    ]);
  });

  it("names providers and regions that are in neither the workload nor the price list", async () => {
    const policy = await policyFrom("allow: { providers: [acme, acmee], regions: [eu-1, eu-2] }\n");

    expect(readRules(policy, given, book, []).warnings).toEqual([
      expect.stringMatching(/allow\.providers: "acmee" .*did you mean "acme"/),
      expect.stringMatching(/allow\.regions: "eu-2" .*did you mean "eu-1"/),
    ]);
  });

  it("says that a candidate without a price, and a latency bound, have no effect on the plan", async () => {
    const policy = await policyFrom(
      "latency: { p95_ms: 800 }\ncandidates: [{ provider: acme, model: unheard-of }]\n",
    );

    expect(readRules(policy, given, book, []).warnings).toEqual([
      "policy candidates: acme/unheard-of has no price; left out",
      expect.stringContaining("latency is not predicted"),
    ]);
  });
});

describe("what a policy allows", () => {
  const allows = async (text: string, provider: string, model: string) =>
    readRules(await policyFrom(text), given, book, []).limits.allowsModel(provider, model);

  it("is any model of the providers in use, by default", async () => {
    expect(await allows("", "acme", "anything")).toBe(true);
    expect(await allows("", "other", "elsewhere")).toBe(false);
  });

  it("takes in the provider of a candidate that it names", async () => {
    const text = "candidates: [{ provider: other, model: elsewhere }]";

    expect(await allows(text, "other", "elsewhere")).toBe(true);
  });

  it("can be narrowed to providers and models", async () => {
    expect(await allows("allow: { providers: [other] }", "acme", "small")).toBe(false);
    expect(await allows("allow: { models: [small] }", "acme", "small")).toBe(true);
    expect(await allows("allow: { models: [acme/small] }", "acme", "small")).toBe(true);
    expect(await allows("allow: { models: [small] }", "acme", "large")).toBe(false);
  });

  it("counts only providers that the log shows in an allowed region", async () => {
    expect(await allows("allow: { regions: [eu-1] }", "acme", "small")).toBe(true);
    expect(await allows("allow: { regions: [eu-9] }", "acme", "small")).toBe(false);
  });

  it("caps the margin of a protected intent, and expects the pairs that were drawn", async () => {
    const policy = await policyFrom(
      "quality: { protected_intents: [{ intent: chat, margin: 0.02 }] }\nrun: { sample_size: 120 }",
    );
    const rules = readRules(policy, given, book, []);

    expect([rules.maximumMargin("chat"), rules.maximumMargin("search")]).toEqual([0.02, 0.1]);
    expect([rules.pairsExpected("chat"), rules.pairsExpected("search")]).toEqual([250, 120]);
  });
});
