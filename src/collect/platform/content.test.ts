import { describe, expect, it } from "vitest";
import { contentOf } from "./content.js";

const textOf = (request: unknown, response: unknown) => contentOf("e1", { request, response });

describe("text of a call", () => {
  const messages = [{ role: "user", content: "Say hello" }];

  it.each([
    ["OpenAI", { model: "gpt-5", messages }, { choices: [{ message: { content: "Hello" } }] }],
    [
      "Anthropic",
      { messages },
      {
        content: [
          { type: "text", text: "Hel" },
          { type: "text", text: "lo" },
        ],
      },
    ],
    ["the Responses API", { input: messages }, { output: [{ content: [{ text: "Hello" }] }] }],
    ["LangChain", { messages: [messages] }, { generations: [[{ text: "Hello", generation_info: {} }]] }],
    ["bare lists", messages, [{ role: "assistant", content: "Hello" }]],
    ["JSON as text", JSON.stringify({ messages }), JSON.stringify({ content: "Hello" })],
  ])("is found where %s keeps it", (_, request, response) => {
    expect(textOf(request, response)).toEqual({ eventId: "e1", messages, response: "Hello" });
  });

  it("is Gemini's contents and candidates", () => {
    const contents = [{ role: "user", parts: [{ text: "Say hello" }] }];
    const made = textOf({ contents }, { candidates: [{ content: { parts: [{ text: "Hello" }] } }] });
    expect(made).toEqual({ eventId: "e1", messages: contents, response: "Hello" });
  });

  it("is the bare prompt where there are no messages, and JSON where the shape is the application's own", () => {
    expect(textOf("Say hello", "Hello")).toEqual({ eventId: "e1", prompt: "Say hello", response: "Hello" });
    expect(textOf({ question: "Why?" }, { verdict: 7 })).toEqual({
      eventId: "e1",
      prompt: '{"question":"Why?"}',
      response: '{"verdict":7}',
    });
  });

  it("is null where nothing was kept, and half where half was", () => {
    expect(textOf({}, "")).toBeNull();
    expect(textOf(null, undefined)).toBeNull();
    expect(textOf("Say hello", null)).toEqual({ eventId: "e1", prompt: "Say hello" });
  });

  it("names model and intent where they are known", () => {
    expect(contentOf("e1", { request: "a", response: null, model: "nova", intent: "greet" })).toEqual({
      eventId: "e1",
      prompt: "a",
      model: "nova",
      intent: "greet",
    });
  });
});
