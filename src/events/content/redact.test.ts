import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RedactedKind, redactText, redactValue } from "./redact.js";

function redact(text: string): { readonly text: string; readonly kinds: readonly RedactedKind[] } {
  const kinds: RedactedKind[] = [];
  return { text: redactText(text, (kind) => kinds.push(kind)), kinds };
}

describe("what is redacted", () => {
  it.each([
    ["key", "use sk-proj-abcdefghijklmnopqrstuvwx now", "use [key] now"],
    ["key", "AKIAIOSFODNN7EXAMPLE", "[key]"],
    ["key", "Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer [key]"],
    ["key", 'password = "hunter22!"', 'password = "[key]"'],
    ["key", "postgres://app:s3cret@db/main", "postgres://app:[key]@db/main"],
    ["key", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "[key]"],
    ["key", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "[key]"],
    ["email", "write to ada.lovelace+x@example.co.uk please", "write to [email] please"],
    ["card", "4111 1111 1111 1111", "[card]"],
    ["card", "5500-0000-0000-0004.", "[card]."],
    ["iban", "DE89 3704 0044 0532 0130 00", "[iban]"],
    ["iban", "GB82WEST12345698765432", "[iban]"],
    ["nationalId", "SSN 536-90-4399", "SSN [national id]"],
    ["nationalId", "AB 12 34 56 C", "[national id]"],
    ["nationalId", "12345678Z", "[national id]"],
    ["nationalId", "RSSMRA85T10A562S", "[national id]"],
    ["nationalId", "529.982.247-25", "[national id]"],
    ["nationalId", "2 55 08 14 168 025 38", "[national id]"],
    ["nationalId", "046 454 286", "[national id]"],
    ["nationalId", "BSN: 111222333", "BSN: [national id]"],
    ["phone", "call +49 (0)30 1234567", "call [phone]"],
    ["phone", "call (415) 555-2671 today", "call [phone] today"],
  ] as const)("%s: %s", (kind, text, expected) => {
    expect(redact(text)).toEqual({ text: expected, kinds: [kind] });
  });

  it.each([
    "4111 1111 1111 1112 has a wrong check digit",
    "GB82WEST12345698765431 has one too",
    "order 123456789, version 1.2.3, 2026-11-20T07:00:00Z, 10.000 tokens",
    "the total was 3.14159265358979 of 1000000000",
    "uuid 2f1c2e0a-94e5-4f0e-9a55-8f2f0a3e9d11",
    "x@y is no address",
  ])("is not: %s", (text) => {
    expect(redact(text)).toEqual({ text, kinds: [] });
  });

  it("is nothing that stands in the text already as redacted", () => {
    const once = redact("token: abcdefgh, ada@example.com, 4111111111111111");
    expect(redact(once.text)).toEqual({ text: once.text, kinds: [] });
  });

  it("goes through every text of a conversation and leaves its shape", () => {
    const messages = [
      { role: "user", content: [{ type: "text", text: "I am ada@example.com" }] },
      { role: "assistant", tool_calls: [{ function: { arguments: '{"to":"ada@example.com"}' } }] },
    ];
    const kinds: RedactedKind[] = [];
    expect(redactValue(messages, (kind) => kinds.push(kind))).toEqual([
      { role: "user", content: [{ type: "text", text: "I am [email]" }] },
      { role: "assistant", tool_calls: [{ function: { arguments: '{"to":"[email]"}' } }] },
    ]);
    expect(kinds).toEqual(["email", "email"]);
  });

  it("finds an address wherever it stands in a text", () => {
    fc.assert(
      fc.property(fc.lorem(), fc.lorem(), (before, after) => {
        const { text } = redact(`${before} ada@example.com ${after}`);
        expect(text).toBe(`${before} [email] ${after}`);
      }),
    );
  });

  it("ends in time on long texts without any of it", () => {
    for (const text of ["a".repeat(200_000), "1 ".repeat(100_000), "a@".repeat(50_000), "-".repeat(200_000)])
      expect(redact(text).kinds).toEqual([]);
  });
});
