import { describe, expect, it } from "vitest";
import { bookOf, cell, limits, prefixReuse, workload } from "../fixtures/workloads.js";
import { promptCompression } from "./prompt-compression.js";

const book = bookOf();
const large = { provider: "acme", model: "large" };
const half = { cluster: "chat", model: large, parameters: { ratio: 2 } };
/** 100 requests of 5,000 tokens. */
const long = (rest = {}) => cell({ inputTokens: 500_000, ...rest });

describe("prompt compression", () => {
  it("shrinks plain input beyond the instructions and states the compressor's break-even", () => {
    const {
      workload: after,
      assumptions,
      evidence,
    } = promptCompression.apply(workload([long()]), half, book);

    // 500,000 - 200 x 100 = 480,000 compressible, half of it goes: 2.40 USD saved, 5 USD a million tokens read.
    expect(after.cells[0]).toMatchObject({ requests: 100, inputTokens: 260_000, outputTokens: 10_000 });
    expect(assumptions[0]).toMatchObject({ basis: "estimated" });
    expect(assumptions[0]!.text).toContain("5.00");
    expect(evidence).toMatchObject({ kind: "quality", variant: "prompt-compression:2" });
  });

  it("never touches cached or written tokens, nor prefixes that a cache would read", () => {
    const given = workload([long({ cachedInputTokens: 100_000, cacheWriteTokens: 50_000 })], {
      prefixReuse: [prefixReuse({ hitTokens: 250_000 })],
    });

    const [after] = promptCompression.apply(given, half, book).workload.cells;

    // Plain 350,000, of which 100,000 repeat beyond what is stored already, and 20,000 are instructions.
    expect(after).toMatchObject({
      inputTokens: 500_000 - 115_000,
      cachedInputTokens: 100_000,
      cacheWriteTokens: 50_000,
    });
  });

  it("leaves short requests alone, and is not proposed where there are no others", () => {
    const short = workload([cell()]);

    expect(promptCompression.apply(short, half, book).workload.cells).toEqual(short.cells);
    expect(promptCompression.propose(short, limits(), book)).toEqual([]);
    expect(promptCompression.propose(workload([long()]), limits(), book)).toEqual([
      half,
      { ...half, parameters: { ratio: 3 } },
    ]);
  });
});
