import { describe, expect, it } from "vitest";
import { ownFleet } from "../../levers/fixtures/fleets.js";
import { bookOf, cell, workload } from "../../levers/fixtures/workloads.js";
import { levers } from "../../levers/index.js";
import { fromFileShape } from "../../shared/case.js";
import { policySchema } from "../contract.js";
import { readRules } from "../policy/rules.js";
import { buildCandidates } from "./candidates.js";

const observed = workload([cell()], { fleets: [ownFleet({ provider: "acme", model: "large" })] });
const books = bookOf();
const pool = levers.filter(({ id }) => id === "spot" || id === "right-size");

/** Whether each lever's change of the fleet is attested under a policy. */
function attested(policy: Parameters<typeof policySchema.parse>[0]): Record<string, boolean> {
  const rules = readRules(fromFileShape(policySchema.parse(policy)), observed, books, ["spot", "right-size"]);
  const candidates = buildCandidates(observed, pool, rules, books);
  return Object.fromEntries(
    candidates.map(({ lever, effect: { evidence } }) => [
      lever.id,
      evidence.kind === "structural" && evidence.attested,
    ]),
  );
}

describe("a change of a fleet", () => {
  it("rests on conditions that are assumed, unless the policy names its lever", () => {
    expect(attested({})).toEqual({ spot: false, "right-size": false });
    expect(attested({ fleet_changes: { attested_levers: ["spot"] } })).toEqual({
      spot: true,
      "right-size": false,
    });
  });

  it("of a lever that nobody knows is pointed out", () => {
    const policy = fromFileShape(policySchema.parse({ fleet_changes: { attested_levers: ["sopt"] } }));
    expect(readRules(policy, observed, books, ["spot", "right-size"]).warnings.join()).toContain(
      'policy fleet_changes.attested_levers: "sopt" is not in this workload and has no effect; did you mean "spot"?',
    );
  });
});
