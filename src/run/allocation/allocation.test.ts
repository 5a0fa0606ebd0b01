import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { ALLOCATION_NAMES } from "../contract.js";
import type { OpenQuestion } from "./allocation.js";
import { ALLOCATIONS, allocationNamed, DEFAULT_ALLOCATION } from "./registry.js";

const openQuestion = fc.record({
  id: fc.string(),
  progress: fc.double({ min: -3, max: 0.999, noNaN: true }),
  pairs: fc.nat(5_000),
  saving: fc.double({ min: 0, max: 1, noNaN: true }),
});
const fresh = (id: string, more: Partial<OpenQuestion> = {}): OpenQuestion => ({
  id,
  progress: 0,
  pairs: 0,
  saving: 1,
  ...more,
});

/** Waves that each of the questions gets when nothing else about them changes. */
function wavesOf(
  name: (typeof ALLOCATION_NAMES)[number],
  questions: OpenQuestion[],
  waves: number,
): number[] {
  const counts = questions.map(() => 0);
  for (let wave = 0; wave < waves; wave += 1) {
    const open = questions.map((question, index) => ({ ...question, pairs: 8 * counts[index]! }));
    counts[allocationNamed(name).choose(open, createRandom(`waves ${wave}`))]! += 1;
  }
  return counts;
}

describe.each(ALLOCATIONS)("$name", ({ choose }) => {
  it("chooses one of the open questions, the same one for the same seed", () => {
    fc.assert(
      fc.property(fc.array(openQuestion, { minLength: 1, maxLength: 16 }), fc.nat(), (open, seed) => {
        const chosen = choose(open, createRandom(seed));
        expect(Number.isInteger(chosen) && chosen >= 0 && chosen < open.length).toBe(true);
        expect(choose(open, createRandom(seed))).toBe(chosen);
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  it("asks every question before long when they look alike", () => {
    const counts = wavesOf(
      ALLOCATIONS.find((allocation) => allocation.choose === choose)!.name,
      ["a", "b", "c", "d"].map((id) => fresh(id)),
      80,
    );
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});

describe("the registry", () => {
  it("has every name that the command line offers, saving-weighted first", () => {
    expect(ALLOCATIONS.map(({ name }) => name)).toEqual([...ALLOCATION_NAMES]);
    expect(DEFAULT_ALLOCATION.name).toBe("saving-weighted");
  });

  it("lets only round-robin go on with candidates that a cheaper one has made needless", () => {
    expect(ALLOCATIONS.filter(({ eliminates }) => !eliminates).map(({ name }) => name)).toEqual([
      "round-robin",
    ]);
  });
});

describe("taking turns", () => {
  it.each(["round-robin", "successive-elimination"] as const)("%s stays within one wave for all", (name) => {
    const skewed = [fresh("a"), fresh("b", { saving: 0, progress: -2 }), fresh("c", { progress: 0.9 })];
    expect(wavesOf(name, skewed, 31)).toEqual([11, 10, 10]);
  });
});

describe("drawing by saving and progress", () => {
  it.each(["saving-weighted", "top-two"] as const)(
    "%s prefers the larger saving and the nearer certificate",
    (name) => {
      const [dear, cheap] = wavesOf(name, [fresh("dear", { saving: 0.2 }), fresh("cheap")], 400);
      expect(cheap).toBeGreaterThan(dear!);
      const [far, near] = wavesOf(
        name,
        [fresh("far", { progress: -0.5 }), fresh("near", { progress: 0.5 })],
        400,
      );
      expect(near).toBeGreaterThan(far!);
    },
  );

  it("top-two gives about half of its waves to a challenger, however far the leader is ahead", () => {
    const [leader, challenger] = wavesOf(
      "top-two",
      [fresh("a", { progress: 0.9 }), fresh("b", { progress: -2 })],
      400,
    );
    expect(challenger! / (leader! + challenger!)).toBeGreaterThan(0.4);
    expect(challenger! / (leader! + challenger!)).toBeLessThan(0.6);
  });
});
