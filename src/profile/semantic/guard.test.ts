import { describe, expect, it } from "vitest";
import { guardSignature } from "./guard.js";

const passes = (one: string, other: string) => guardSignature(one) === guardSignature(other);

describe("the guard of a semantic cache", () => {
  it.each([
    ["Is the card active?", "Is the card not active?"],
    ["I can pay by card", "I can't pay by card"],
    ["transfer with a fee", "transfer without a fee"],
    ["enable two-factor login", "disable two-factor login"],
  ])("keeps a negation or an opposite apart: %s / %s", (one, other) => {
    expect(passes(one, other)).toBe(false);
  });

  it.each([
    ["a refund after 3 days", "a refund after 30 days"],
    ["from 3 to 5 o'clock", "from 5 to 3 o'clock"],
    ["it costs 1.50", "it costs 1,500"],
    ["it takes two days", "it takes three days"],
    ['translate "good evening"', 'translate "good morning"'],
    ["open https://example.org/a now", "open https://example.org/b now"],
  ])("keeps numbers and quoted parts apart: %s / %s", (one, other) => {
    expect(passes(one, other)).toBe(false);
  });

  it.each([
    ["the weather in Paris", "the weather in London"],
    ["Paris opening hours", "London opening hours"],
    ["fly from Paris to Rome", "fly from Rome to Paris"],
    ["how does parseUsd work", "how does formatUsd work"],
    ["rename user_id here", "rename order_id here"],
    ["import numpy.linalg here", "import scipy.linalg here"],
    ["learn C# fast", "learn C++ fast"],
    ["limits of the EU", "limits of the US"],
  ])("keeps names and code apart: %s / %s", (one, other) => {
    expect(passes(one, other)).toBe(false);
  });

  it.each([
    ["How do I reset my password?", "how do I reset my password"],
    ["Please explain the fee", "Could you explain the fee?"],
    ["I don't see my card", "I do not see my card"],
    ["The weather in Paris today", "what is the weather in Paris today?"],
  ])("lets another wording pass: %s / %s", (one, other) => {
    expect(passes(one, other)).toBe(true);
  });
});
