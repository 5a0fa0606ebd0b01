import { describe, expect, it } from "vitest";
import { retryTail } from "../fixtures/side-tables.js";
import { bookOf, cell, limits, workload } from "../fixtures/workloads.js";
import { retryPolicy } from "./retry-policy.js";

const book = bookOf();
const large = { provider: "acme", model: "large" };
const limitOf = (maximumRetries: number) => ({
  cluster: "chat",
  model: large,
  parameters: { maximumRetries },
});

describe("limit on retries", () => {
  it("removes retries beyond the limit with what they were billed", () => {
    const given = workload([cell()], {
      retries: [retryTail(), retryTail({ maximumRetries: 3, requests: 2 })],
    });

    const { workload: after, touchedRequests } = retryPolicy.apply(given, limitOf(1), book);

    expect(after.cells[0]).toMatchObject({ requests: 80, inputTokens: 80_000, outputTokens: 8_000 });
    expect(touchedRequests).toBe(20);
  });

  it("saves nothing on failed attempts that were not billed", () => {
    const given = workload([cell()], { retries: [retryTail({ inputTokens: 0, outputTokens: 0 })] });

    const { workload: after } = retryPolicy.apply(given, limitOf(1), book);

    expect(after.cells[0]).toMatchObject({ requests: 80, inputTokens: 100_000, outputTokens: 10_000 });
  });

  it("is structural only where no answer would have been lost", () => {
    const evidence = (lostAnswers: number) =>
      retryPolicy.apply(workload([cell()], { retries: [retryTail({ lostAnswers })] }), limitOf(1), book);

    expect(evidence(0).evidence).toMatchObject({ kind: "structural", attested: false });
    expect(evidence(3).evidence).toMatchObject({ kind: "quality", variant: "retry-policy:1" });
    expect(evidence(3).assumptions[0]!.text).toContain("3 brought the only answer");
  });

  it("proposes the tightest limit that loses no answer, and tighter ones that lose few", () => {
    const given = workload([cell()], {
      retries: [
        retryTail({ maximumRetries: 0, requests: 40, lostAnswers: 30 }),
        retryTail({ maximumRetries: 1, requests: 20, lostAnswers: 4 }),
        retryTail({ maximumRetries: 2, requests: 10 }),
        retryTail({ maximumRetries: 3, requests: 5 }),
      ],
    });

    const proposals = retryPolicy.propose(given, limits(), book);

    expect(proposals.map(({ parameters }) => parameters.maximumRetries)).toEqual([2, 1]);
  });
});
