import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../shared/random.js";
import { adjustedRandIndex } from "./adjusted-rand.js";
import { type KScore, pickK } from "./choose-k.js";
import { distinctiveTerms } from "./distinctive-terms.js";
import { fitEmbedding } from "./embed.js";
import { lexicalClusters } from "./lexical-clusters.js";
import { maskVariables, textOf } from "./prompt-text.js";

const ITEMS = ["lamp", "chair", "table", "mirror", "carpet", "shelf", "sofa", "stool", "vase", "clock"];
const TEMPLATES = [
  (n: number) => `Translate the following sentence into French: the ${ITEMS[n % 10]} is on the floor`,
  (n: number) => `Write a SQL query that counts orders of customer ${n} per month`,
  (n: number) => `Summarise this support ticket about a broken ${ITEMS[n % 10]} in two lines`,
];

function templatePrompts(each: number): { texts: string[]; truth: number[] } {
  const truth = Array.from({ length: each * TEMPLATES.length }, (_, at) => at % TEMPLATES.length);
  return { texts: truth.map((template, at) => TEMPLATES[template]!(at)), truth };
}

describe("lexical clusters", () => {
  it("find the templates that prompts were made from", () => {
    const { texts, truth } = templatePrompts(40);
    const found = lexicalClusters(texts, fitEmbedding(texts), createRandom(1));

    expect(found.clusters.map(({ id }) => id)).toEqual(["cluster-01", "cluster-02", "cluster-03"]);
    expect(adjustedRandIndex(found.labels, truth)).toBe(1);
    expect(found.clusters.flatMap(({ terms }) => terms)).toContain("french");
  });

  it("put a new prompt to its template", () => {
    const { texts } = templatePrompts(40);
    const found = lexicalClusters(texts, fitEmbedding(texts), createRandom(1));

    expect(found.classify(TEMPLATES[1]!(9999))).toBe(found.labels[1]);
  });

  it("come out the same for the same seed", () => {
    const { texts } = templatePrompts(20);
    const once = () => lexicalClusters(texts, fitEmbedding(texts), createRandom(3));

    expect(once().labels).toEqual(once().labels);
  });

  it("are one cluster where there are too few prompts to tell groups apart", () => {
    const texts = ["one prompt", "another prompt", "", "1234"];

    expect(lexicalClusters(texts, fitEmbedding(texts), createRandom(1)).clusters).toHaveLength(1);
  });
});

describe("the number of clusters", () => {
  const score = (k: number, silhouette: number, stability: number): KScore => ({
    k,
    silhouette,
    standardError: 0.01,
    stability,
  });

  it("is the smallest within one standard error of the best", () => {
    expect(pickK([score(2, 0.2, 1), score(3, 0.395, 1), score(5, 0.4, 1)]).k).toBe(3);
  });

  it("prefers a number that both halves of the prompts agree on", () => {
    expect(pickK([score(2, 0.3, 0.9), score(8, 0.4, 0.2)]).k).toBe(2);
  });

  it("does not prefer agreement that explains less than half", () => {
    expect(pickK([score(2, 0.1, 0.9), score(8, 0.4, 0.2)]).k).toBe(8);
  });
});

describe("names of clusters", () => {
  it("never show a word that only a few prompts hold", () => {
    const texts = [...Array(10).fill("reset my password"), "reset my password says Zebulon"];
    const terms = distinctiveTerms(texts, new Int32Array(texts.length), 1);

    expect(terms[0]).toEqual(expect.arrayContaining(["password", "reset"]));
    expect(terms[0]).not.toContain("zebulon");
  });
});

describe("what two uses of one template differ in", () => {
  it("is masked: numbers, identifiers, addresses, quoted text", () => {
    const of = (text: string) => maskVariables(text).replace(/\s+/g, " ").trim();

    expect(of('Order 1,204.50 of "Blue Lamp" at https://shop.example/x?y=1')).toBe("order nn of qq at uu");
    expect(of("ticket 6f1c1b1e-0a4f-4f0e-9c39-000000000001")).toBe(
      of("ticket ab12cd34-0a4f-4f0e-9c39-0000000000ff"),
    );
  });

  it("is read from every message, text parts included", () => {
    const messages = [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Hello" },
          { type: "image_url", image_url: "data:..." },
        ],
      },
    ];

    expect(textOf({ id: "a", messages })).toBe("Be brief.\nHello\n");
  });
});

describe("the adjusted Rand index", () => {
  it("equals a worked example", () => {
    // Hubert and Arabie's formula by hand: cells 2,1,1,2; (2 - 2.4) / (6 - 2.4).
    expect(adjustedRandIndex([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1])).toBeCloseTo(-0.4 / 3.6, 12);
  });

  it("is 1 for equal partitions and does not depend on label names", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 30 }), (labels) => {
        expect(
          adjustedRandIndex(
            labels,
            labels.map((label) => `group ${label}`),
          ),
        ).toBe(1);
      }),
    );
  });
});
