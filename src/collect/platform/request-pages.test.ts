import { describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import type { Normalised } from "../contract.js";
import { batchesOf, recordsIn } from "./request-pages.js";

const event = (id: string, ts: string): CanonicalEvent => ({
  id,
  ts,
  intent: null,
  provider: null,
  model: "nova",
  input_tokens: 1,
  output_tokens: 1,
  latency_ms: null,
  cost_usd: null,
  endpoint: null,
  region: null,
  tenant: null,
});
const reader = {
  normalise: (record: unknown): Normalised | null => record as Normalised | null,
  content: (_: unknown, eventId: string) => ({ eventId, prompt: "text" }),
};
const window = { since: new Date("2026-11-20T00:00:00Z"), until: new Date("2026-11-21T00:00:00Z") };
const made = (id: string, ts: string): Normalised => ({ event: event(id, ts), suppliedId: true });
const problem = { problem: { code: "negative", field: "cost", message: "found -1." } } as const;
const page = {
  file: "the-source:calls",
  before: 10,
  checkpoint: "place",
  records: [
    made("early", "2026-11-19T23:59:59.999Z"),
    made("first", "2026-11-20T00:00:00.000Z"),
    null,
    problem,
    made("late", "2026-11-21T00:00:00.000Z"),
  ],
};

describe("a page of calls", () => {
  it("gives the rows of its window with their ordinals, and what could not be read", () => {
    expect([...batchesOf(page, reader, { ...window, includeContent: false })]).toEqual([
      {
        kind: "rows",
        repeated: [],
        checkpoint: "place",
        rows: [
          { file: "the-source:calls", line: 12, ...page.records[1] },
          { file: "the-source:calls", line: 14, ...problem },
        ],
      },
    ]);
  });

  it("gives text only where it was asked for, and its checkpoint last", () => {
    const batches = [...batchesOf(page, reader, { ...window, includeContent: true })];
    expect(batches.map(({ kind, checkpoint }) => [kind, checkpoint])).toEqual([
      ["rows", undefined],
      ["content", "place"],
    ]);
    expect(batches[1]).toMatchObject({ records: [{ eventId: "first", prompt: "text" }] });
  });

  it("is refused where the answer holds no list", () => {
    expect(recordsIn({ data: [1] }, "data", "Langfuse")).toEqual([1]);
    expect(recordsIn([1], null, "LiteLLM")).toEqual([1]);
    expect(() => recordsIn({ error: "secret" }, "data", "Langfuse")).toThrow(
      expect.objectContaining({ code: "TOP-COLLECT-ANSWER", exitCode: 5 }),
    );
  });
});
