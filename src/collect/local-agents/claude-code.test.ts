import { describe, expect, it } from "vitest";
import { collectFixtures } from "../../../test/support/agent-home.js";
import { claudeCode } from "./claude-code.js";

describe("Claude Code sessions", () => {
  it("count cached and written input as a part of the input", async () => {
    const { events } = await collectFixtures({ claude: ["one-call"] });

    expect(events).toMatchObject([
      {
        id: "msg_01:req_01",
        ts: "2026-11-20T07:00:05.000Z",
        intent: "coding_agent",
        provider: "anthropic",
        model: "claude-sonnet-4-5-20250929",
        input_tokens: 12 + 900 + 18_000,
        cached_input_tokens: 18_000,
        cache_write_tokens: 900,
        cache_write_1h_tokens: 200,
        output_tokens: 340,
        endpoint: "claude_code",
        service_tier: "standard",
        conversation_id: "5d0c7e7e-0001-4000-8000-000000000001",
        source: "local-agents",
        latency_ms: null,
        cost_usd: null,
      },
    ]);
  });

  it("use the split of cache writes instead of the plain count, never both", async () => {
    const { events } = await collectFixtures({ claude: ["one-call", "subagent-progress"] });

    expect(events.map((event) => [event.cache_write_tokens, event.cache_write_1h_tokens])).toEqual([
      [900, 200],
      [100, null],
    ]);
  });

  it("give one event for a streamed message: its fullest line, with the others reported as repeats", async () => {
    const { events, repeated } = await collectFixtures({ claude: ["streamed-message"] });

    expect(events.map((event) => [event.id, event.output_tokens])).toEqual([
      ["msg_11:req_11", 260],
      ["msg_12:req_12", 10],
    ]);
    expect(repeated.map((line) => line.line).toSorted()).toEqual([1, 2, 4]);
  });

  it("drop a side conversation's copy of a message and keep its own messages", async () => {
    const { events, repeated } = await collectFixtures({ claude: ["side-conversation"] });

    expect(events.map((event) => event.id)).toEqual([
      "msg_21:req_21",
      "msg_22:req_22",
      "msg_23:req_23",
      "msg_23:req_24",
      "msg_25:req_25",
    ]);
    expect(events.map((event) => event.attributes)).toEqual([null, { sidechain: true }, null, null, null]);
    expect(repeated.map((line) => line.line)).toEqual([2, 6]);
  });

  it("give one event for a message that a resumed session's file repeats", async () => {
    const { events, repeated } = await collectFixtures({
      claude: ["one-call", "one-call"],
    });

    expect(events).toHaveLength(1);
    expect(repeated).toHaveLength(1);
  });

  it("count what a subagent's progress line carries one level down", async () => {
    const { events } = await collectFixtures({ claude: ["subagent-progress"] });

    expect(events).toMatchObject([
      {
        id: "msg_31:req_31",
        model: "claude-haiku-4-5-20251001",
        input_tokens: 104,
        output_tokens: 50,
        conversation_id: "5d0c7e7e-0001-4000-8000-000000000001",
      },
    ]);
  });

  it("hold nothing to count in summaries, prompts, tool results and messages that no model wrote", async () => {
    expect(await collectFixtures({ claude: ["no-usage"] })).toMatchObject({
      events: [],
      problems: [],
      repeated: [],
    });
  });

  it("name fast mode in the model, and the cloud that served the call as its provider", async () => {
    const { events } = await collectFixtures({ claude: ["fast-and-hosted"] });

    expect(events.map((event) => [event.provider, event.model])).toEqual([
      ["anthropic", "claude-opus-4-6-fast"],
      ["aws_bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"],
      ["aws_bedrock", "claude-sonnet-4-5-20250929"],
      ["google_vertex", "claude-sonnet-4-5@20250929"],
      ["google_vertex", "claude-sonnet-4-5-20250929"],
      ["anthropic", null],
    ]);
  });

  it("never merge messages without an id, and give each an id of its own", async () => {
    const { rows, repeated } = await collectFixtures({ claude: ["without-ids"] });
    const events = rows.flatMap((row) => ("event" in row ? [row] : []));

    expect(events.map((row) => row.suppliedId)).toEqual([false, false, true]);
    expect(new Set(events.map((row) => row.event.id)).size).toBe(3);
    expect(repeated.map((line) => line.line)).toEqual([4]);
  });

  it("reject what cannot be used by line and field, without its text", async () => {
    const { events, problems } = await collectFixtures({ claude: ["broken"] });

    expect(events.map((event) => event.id)).toEqual(["msg_71:req_71"]);
    expect(problems.map(({ line, problem }) => `${line} ${problem.code} ${problem.field}`)).toEqual([
      "2 invalid_json null",
      "3 invalid_timestamp timestamp",
      "4 missing_field message.usage.output_tokens",
      "5 negative message.usage.input_tokens",
      "6 wrong_type message.usage.input_tokens",
      "7 wrong_type message.usage.input_tokens",
      "8 invalid_value message.id",
      "9 invalid_value requestId",
      "10 invalid_value message.model",
      "11 invalid_value version",
      "12 invalid_value sessionId",
      "13 out_of_range timestamp",
      "14 not_an_object null",
      "16 truncated_line null",
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/canary|yesterday|latest/);
  });

  it("lie below the configuration folders that the environment names, else below the two usual ones", () => {
    const folders = (env: Record<string, string>): readonly string[] => claudeCode.folders(env, "/home/ada");

    expect(folders({})).toEqual(["/home/ada/.config/claude/projects", "/home/ada/.claude/projects"]);
    expect(folders({ XDG_CONFIG_HOME: "/x" })[0]).toBe("/x/claude/projects");
    expect(folders({ CLAUDE_CONFIG_DIR: "/a, ~/b ,/c/projects" })).toEqual([
      "/a/projects",
      "/home/ada/b/projects",
      "/c/projects",
    ]);
  });
});
