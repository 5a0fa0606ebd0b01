import { describe, expect, it } from "vitest";
import {
  collectAll,
  collectFixtures,
  homeWith,
  testContext,
  testOptions,
} from "../../../test/support/agent-home.js";

describe("Pi sessions", () => {
  it("give one event per answer, with cached tokens inside input", async () => {
    const { events } = await collectFixtures({ pi: ["session"] });

    expect(events).toMatchObject([
      {
        id: "pi:aa000003:1795165205000",
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        input_tokens: 1000,
        cached_input_tokens: 800,
        cache_write_tokens: 100,
        output_tokens: 50,
        endpoint: "pi",
        status: "ok",
      },
      { provider: "openai", model: "gpt-5", input_tokens: 10, status: "error" },
    ]);
  });

  it("give a forked message the id it had, so that it counts once, and a broken one as a problem", async () => {
    const { events, problems } = await collectFixtures({ pi: ["session", "fork"] });
    const ids = events.map(({ id }) => id);

    expect(new Set(ids)).toEqual(new Set(["pi:aa000003:1795165205000", "pi:aa000004:1795165209000"]));
    expect(problems).toMatchObject([
      { line: 3, problem: { field: "message.usage.input", code: "negative" } },
    ]);
  });
});

describe("Qwen Code sessions", () => {
  it("give one event per answer, with thoughts inside output", async () => {
    const { events } = await collectFixtures({ qwen: ["session"] });

    expect(events).toMatchObject([
      {
        id: "q-2",
        provider: "unknown",
        model: "qwen3-coder-plus",
        input_tokens: 1000,
        cached_input_tokens: 600,
        output_tokens: 100,
        reasoning_tokens: 20,
        conversation_id: "qs-1",
        endpoint: "qwen_code",
      },
    ]);
  });
});

it("lines tell the agent in a folder that the user named", async () => {
  const home = await homeWith({
    pi: ["session"],
    qwen: ["session"],
    claude: ["one-call"],
    codex: ["session"],
  });
  const { events } = await collectAll(testOptions("/nowhere", { inputs: [home] }), testContext("/nowhere"));
  const countOf = (agent: string): number => events.filter(({ endpoint }) => endpoint === agent).length;

  expect(["pi", "qwen_code", "claude_code", "codex"].map(countOf)).toEqual([2, 1, 1, 3]);
});
