import { describe, expect, it } from "vitest";
import { policySchema } from "../plan/contract.js";
import { loadPolicy } from "../plan/index.js";
import { parseYaml, renderYaml } from "../shared/artifact.js";
import { POLICY_TEXT } from "./policy-text.js";

/** Keys of the value, at any depth, in the order of a file. */
function keysOf(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    Array.isArray(value) ? keysOf(inner) : [key, ...keysOf(inner)],
  );
}

describe("the policy that init writes", () => {
  it("is the defaults, field by field", async () => {
    expect(parseYaml(POLICY_TEXT, "policy.yaml", policySchema, "")).toEqual(await loadPolicy(null));
  });

  it("spells out every field", () => {
    const written = POLICY_TEXT.match(/^ *[A-Za-z_0-9]+(?=:)/gm)!.map((key) => key.trim());

    expect([...written].sort()).toEqual(keysOf(policySchema.parse({})).sort());
  });

  it("has examples that are valid where they stand", () => {
    const withExamples = POLICY_TEXT.replaceAll(
      /^( *)(\w+): \[\] +# (- \{.*?\}(?: \})?)(?: {3}.*)?$/gm,
      "$1$2:\n$1  $3",
    ).replaceAll(/^( *\w+): \[\] +# (?:.*: )?(\[.*\])$/gm, "$1: $2");

    const parsed = parseYaml(withExamples, "policy.yaml", policySchema, "");

    expect(renderYaml(parsed)).toContain("platform-team");
    expect(parsed.quality.protectedIntents).toEqual([{ intent: "contract-review", margin: 0 }]);
    expect(parsed.tenants[0]).toMatchObject({ tenant: "acme", deny: { models: ["beta-*"] }, margin: 0 });
    expect(parsed.run.sendTo).toEqual(["api.openai.com"]);
    expect(parsed.economics.effort).toHaveLength(1);
  });
});
