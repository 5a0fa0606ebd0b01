import { describe, expect, it } from "vitest";
import { collectFixtures } from "../../../test/support/agent-home.js";
import { codex } from "./codex.js";

const SESSION = "019aa000-0000-7000-8000-00000000000";

describe("Codex sessions", () => {
  it("give one event per call, with cached input inside input and reasoning inside output", async () => {
    const { events, repeated } = await collectFixtures({ codex: ["session"] });

    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({
      id: `${SESSION}1:1`,
      ts: "2026-11-20T08:01:00.000Z",
      provider: "openai",
      model: "gpt-5.1-codex",
      input_tokens: 1000,
      cached_input_tokens: 200,
      output_tokens: 100,
      reasoning_tokens: 40,
      context_length: 272_000,
      endpoint: "codex",
      conversation_id: `${SESSION}1`,
    });
    expect(events.map((event) => event.model)).toEqual([
      "gpt-5.1-codex",
      "gpt-5.1-codex",
      "gpt-5.1-codex-mini",
    ]);
    expect(repeated.map((line) => line.line)).toEqual([6]);
  });

  it("leave out the history that a fork copies from its parent, also under new timestamps", async () => {
    const { events, repeated } = await collectFixtures({ codex: ["session", "forked-session"] });

    expect(events.map((event) => [event.conversation_id, event.input_tokens])).toEqual([
      [`${SESSION}1`, 1000],
      [`${SESSION}1`, 1500],
      [`${SESSION}1`, 1500],
      [`${SESSION}2`, 700],
    ]);
    expect(repeated).toHaveLength(3);
  });

  it("count an absent parent's history once, however many subagents it spawned", async () => {
    const { events, repeated } = await collectFixtures({
      codex: ["spawned-of-lost-parent-1", "spawned-of-lost-parent-2"],
    });

    expect(events.map((event) => event.input_tokens)).toEqual([800, 200, 300]);
    expect(repeated).toHaveLength(1);
  });

  it("subtract where only running totals are logged, and begin anew after a reset", async () => {
    const { events } = await collectFixtures({ codex: ["totals-only"] });

    expect(events.map((event) => [event.provider, event.input_tokens, event.cached_input_tokens])).toEqual([
      ["azure", 100, 10],
      ["azure", 150, 50],
      ["azure", 40, 0],
    ]);
  });

  it("are counted without a header too, each line under an id of its own", async () => {
    const { rows, repeated } = await collectFixtures({ codex: ["without-header"] });

    expect(rows.map((row) => "event" in row && [row.suppliedId, row.event.conversation_id])).toEqual([
      [false, null],
      [false, null],
    ]);
    expect(repeated.map((line) => line.line)).toEqual([2]);
  });

  it("reject a subset above its total and a broken line, and go on", async () => {
    const { events, problems } = await collectFixtures({ codex: ["broken"] });

    expect(problems.map(({ line, problem }) => `${line} ${problem.code} ${problem.field}`)).toEqual([
      "3 subset_exceeds_total payload.info.total_token_usage.cached_input_tokens",
      "4 subset_exceeds_total payload.info.total_token_usage.reasoning_output_tokens",
      "5 invalid_json null",
    ]);
    expect(events.map((event) => event.input_tokens)).toEqual([30]);
  });

  it("lie below CODEX_HOME, else below the home folder, archived ones included", () => {
    expect(codex.folders({}, "/home/ada")).toEqual([
      "/home/ada/.codex/sessions",
      "/home/ada/.codex/archived_sessions",
    ]);
    expect(codex.folders({ CODEX_HOME: "/c" }, "/home/ada")[0]).toBe("/c/sessions");
  });
});
