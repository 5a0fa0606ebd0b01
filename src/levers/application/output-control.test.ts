import { describe, expect, it } from "vitest";
import { outputTail } from "../fixtures/side-tables.js";
import { bookOf, cell, limits, workload } from "../fixtures/workloads.js";
import { outputControl } from "./output-control.js";

const book = bookOf();
const large = { provider: "acme", model: "large" };
const cap512 = { cluster: "chat", model: large, parameters: { capTokens: 512 } };

describe("ceiling on generated tokens", () => {
  it("saves exactly what it cuts off, and calls those answers damaged", () => {
    const given = workload([cell()], { outputTails: [outputTail()] });

    const {
      workload: after,
      touchedRequests,
      assumptions,
      evidence,
    } = outputControl.apply(given, cap512, book);

    expect(after.cells[0]).toMatchObject({ requests: 100, inputTokens: 100_000, outputTokens: 8_500 });
    expect(touchedRequests).toBe(5);
    expect(assumptions[0]!.text).toContain("5 of 100 answers (5.0 %)");
    expect(evidence).toMatchObject({ kind: "quality", variant: "output-control:512" });
  });

  it("cuts visible tokens first and hidden reasoning after", () => {
    const given = workload([cell({ outputTokens: 2_000, reasoningTokens: 1_500 })], {
      outputTails: [outputTail({ cutTokens: 800 })],
    });

    const [after] = outputControl.apply(given, cap512, book).workload.cells;

    expect(after).toMatchObject({ outputTokens: 1_200, reasoningTokens: 1_200 });
  });

  it("is proposed only at ceilings that damage some answers and at most a tenth", () => {
    const given = workload([cell()], {
      outputTails: [
        outputTail({ capTokens: 128, requests: 60 }),
        outputTail({ capTokens: 512, requests: 5 }),
        outputTail({ capTokens: 4096, requests: 0, cutTokens: 0 }),
      ],
    });

    expect(outputControl.propose(given, limits(), book)).toEqual([cap512]);
  });
});
