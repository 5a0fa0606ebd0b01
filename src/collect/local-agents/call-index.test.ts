import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentCall } from "./agent.js";
import { createCallIndex, type LocatedCall } from "./call-index.js";

const CALL: AgentCall = {
  id: null,
  tsMs: 0,
  provider: "anthropic",
  model: null,
  inputTokens: 0,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: 0,
  reasoningTokens: null,
  contextLength: null,
  serviceTier: null,
  status: "ok",
  sessionId: null,
  project: null,
  sidechain: false,
  message: null,
};

const lines = fc.array(
  fc.record({
    messageId: fc.option(fc.constantFrom("a", "b", "c")),
    requestId: fc.option(fc.constantFrom("x", "y")),
    outputTokens: fc.integer({ min: 0, max: 50 }),
    sidechain: fc.boolean(),
  }),
);

type Line = { messageId: string | null; requestId: string | null; outputTokens: number; sidechain: boolean };

function locate(line: Line, position: number): LocatedCall {
  const { messageId, requestId, ...rest } = line;
  const message = messageId === null ? null : { messageId, requestId, statesSpeed: false };
  return { call: { ...CALL, ...rest, message }, file: 0, line: position + 1 };
}

describe("the index of calls", () => {
  it("makes every line either a call or a repeat, never both and never neither", () => {
    fc.assert(
      fc.property(lines, (given) => {
        const index = createCallIndex();
        const lost = given.flatMap((line, position) => index.add(locate(line, position)) ?? []);
        const settled = [...lost, ...index.kept()].map((located) => located.line);
        expect(settled.toSorted((left, right) => left - right)).toEqual(given.map((_, at) => at + 1));
      }),
    );
  });

  it("keeps the fullest line of each message and request", () => {
    const mainOnly = lines.map((given) => given.map((line) => ({ ...line, sidechain: false })));
    fc.assert(
      fc.property(mainOnly, (given) => {
        const index = createCallIndex();
        given.forEach((line, position) => {
          index.add(locate(line, position));
        });
        for (const { call } of index.kept()) {
          const same = given.filter(
            (line) =>
              line.messageId !== null &&
              line.messageId === call.message?.messageId &&
              line.requestId === call.message.requestId,
          );
          expect(call.outputTokens).toBe(
            Math.max(call.outputTokens, ...same.map((line) => line.outputTokens)),
          );
        }
      }),
    );
  });

  it("keeps the first of two equal lines, unless only the second states its speed", () => {
    const line: Line = { messageId: "a", requestId: "x", outputTokens: 5, sidechain: false };
    const index = createCallIndex();
    index.add(locate(line, 0));
    const second = locate(line, 1);
    const third = {
      ...second,
      line: 3,
      call: { ...second.call, message: { ...second.call.message!, statesSpeed: true } },
    };

    expect(index.add(second)?.line).toBe(2);
    expect(index.add(third)?.line).toBe(1);
    expect(index.kept().map((located) => located.line)).toEqual([3]);
  });
});
