import { describe, expect, it } from "vitest";
import { eventsIn, PROPERTY_NAME, queryBody, queryText } from "./query.js";

const asked = {
  name: "posthog",
  settings: {
    baseUrl: "https://us.posthog.com",
    projectId: "7",
    pageRows: 100,
    tenantProperty: "team",
    intentProperty: "$ai_span_name",
  },
  since: new Date("2026-11-20T00:00:00Z"),
  until: new Date("2026-11-21T00:00:00Z"),
  includeContent: false,
};

describe("the query of PostHog", () => {
  it("asks for text only where content was asked for", () => {
    expect(queryText(asked)).not.toMatch(/\$ai_input\b(?!_)|\$ai_output_choices|\$ai_error/);
    expect(queryText({ ...asked, includeContent: true })).toMatch(/\$ai_output_choices/);
  });

  it("is the same on every page; where the page begins stands in its values", () => {
    const [first, second] = [
      queryBody(asked, { afterMs: asked.since.getTime(), afterId: "" }),
      queryBody(asked, { afterMs: asked.since.getTime() + 1, afterId: "b" }),
    ];
    expect(first.query.query).toBe(second.query.query);
    expect(second.query.values).toEqual({
      page_start: "2026-11-20T00:00:00.001Z",
      window_end: "2026-11-21T00:00:00.000Z",
      after_ms: asked.since.getTime() + 1,
      after_id: "b",
    });
  });

  it("takes names of properties and nothing else from the settings", () => {
    expect(["team", "$groups.company", "$ai_span_name"].every((name) => PROPERTY_NAME.test(name))).toBe(true);
    expect(["a b", "a; DROP", "a' OR", "", "a."].some((name) => PROPERTY_NAME.test(name))).toBe(false);
  });

  it("refuses an answer with other columns than it asked for", () => {
    const error = expect.objectContaining({ code: "TOP-COLLECT-ANSWER" });
    expect(() => eventsIn({ results: [["id"]] }, asked)).toThrow(error);
    expect(() => eventsIn({ detail: "secret" }, asked)).toThrow(error);
  });
});
