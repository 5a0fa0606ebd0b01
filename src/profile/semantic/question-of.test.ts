import { describe, expect, it } from "vitest";
import { questionOf } from "./question-of.js";

const user = (content: unknown) => ({ role: "user", content });
const chat = (...messages: { role: string; content: unknown }[]) => questionOf({ id: "a", messages });

describe("what a semantic cache compares", () => {
  it("is the caller's last message; everything before it is context that must be equal", () => {
    const first = chat({ role: "system", content: "Be brief." }, user("Where is my card?"));
    const second = chat({ role: "system", content: "Be brief." }, user("Where's my card?"));
    const other = chat({ role: "system", content: "Be long." }, user("Where is my card?"));

    expect(first.question).toBe("Where is my card?");
    expect(second.context).toBe(first.context);
    expect(other.context).not.toBe(first.context);
    expect(questionOf({ id: "a", prompt: "Where is my card?" }).question).toBe("Where is my card?");
  });

  it("tells tools, formats and ceilings apart", () => {
    const contexts = [
      {},
      { tools: [{ name: "t" }] },
      { response_format: { type: "json" } },
      { max_tokens: 5 },
    ].map((rest) => questionOf({ id: "a", prompt: "Hi", ...rest }).context);
    expect(new Set(contexts).size).toBe(4);
  });

  it.each([
    [
      "an image",
      [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: "x" } },
      ],
    ],
    ["a question longer than likeness can judge", "why ".repeat(3000)],
  ])("leaves %s to equality as a whole", (_, content) => {
    const one = chat(user(content));
    expect(one.question).toBe("");
    expect(one.context).not.toBe(chat(user("Hi")).context);
    expect(one).toEqual(chat(user(content)));
  });

  it("never answers a tool's result by likeness", () => {
    expect(chat(user("Hi"), { role: "tool", content: "42" }).question).toBe("");
  });
});
