import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitEmbedding } from "../clusters/embed.js";
import { createNeighbourSearch } from "./neighbours.js";

const WORDS = ["card", "transfer", "refund", "pending", "late", "new", "lost", "fee", "abroad", "pin"];
const anyText = fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((words) => words.join(" "));

describe("the search for alike vectors", () => {
  it("finds exactly the earlier ones that a comparison with each would find", () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(0.5, 0.8, 0.95),
        (texts, minimum) => {
          const embedding = fitEmbedding(texts);
          const vectors = texts.map((text) => embedding.embed(text));
          const search = createNeighbourSearch(minimum);

          vectors.forEach((vector, at) => {
            const found = search(vector)
              .map((one) => one.at)
              .sort((a, b) => a - b);
            const expected = [...vectors.slice(0, at).keys()].filter((other) => {
              const likeness = dot(vectors[other]!, vector);
              // Within rounding of the minimum either answer is right.
              return likeness >= minimum && Math.abs(likeness - minimum) > 1e-6;
            });
            expect(found).toEqual(expect.arrayContaining(expected));
            for (const other of found) expect(dot(vectors[other]!, vector)).toBeGreaterThan(minimum - 1e-6);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

type Vector = ReturnType<ReturnType<typeof fitEmbedding>["embed"]>;

function dot(left: Vector, right: Vector): number {
  const values = new Map([...left.indices].map((bucket, at) => [bucket, left.values[at]!]));
  return [...right.indices].reduce(
    (sum, bucket, at) => sum + (values.get(bucket) ?? 0) * right.values[at]!,
    0,
  );
}
