import { beforeAll, describe, expect, it } from "vitest";
import { capabilityPeers } from "./capability-peers.js";
import type { PriceBook, PriceRow } from "./contract.js";
import { loadPriceBook } from "./load-price-book.js";
import { createPriceBook, type MatchedPriceRow } from "./price-book.js";

const AT = new Date("2026-09-30T12:00:00Z");
const META = { source: "test", date: "2026-09-30" };

function row(provider: string, model: string, usdPerMillion: number, rest: Partial<MatchedPriceRow> = {}) {
  const rate = BigInt(usdPerMillion * 1_000_000);
  return {
    provider,
    model,
    from: null,
    until: null,
    tiers: [
      {
        aboveInputTokens: 0,
        rates: {
          input: rate,
          cachedInput: null,
          cacheWrite: null,
          cacheWrite1h: null,
          output: rate,
          reasoning: null,
        },
      },
    ],
    batchDiscount: null,
    capabilityClass: null,
    maxInputTokens: null,
    promptCache: null,
    source: "test",
    date: "2026-09-30",
    ...rest,
  } satisfies MatchedPriceRow;
}

let shipped: PriceBook;
beforeAll(async () => {
  shipped = await loadPriceBook();
});

function found(provider: string | null, model: string): string | null {
  const match = shipped.find({ provider, model, at: AT });
  return match === null ? null : `${match.row.provider}/${match.row.model}`;
}

describe("finding a model in the shipped book", () => {
  it.each([
    ["openai", "gpt-4o-2024-08-06", "openai/gpt-4o"],
    ["openai", "openai/gpt-4o", "openai/gpt-4o"],
    ["openai", "GPT-4o", "openai/gpt-4o"],
    ["openai", "ft:gpt-4o-2024-08-06:acme::abc", "openai/ft:gpt-4o"],
    ["azure_openai", "gpt-35-turbo", "openai/gpt-3.5-turbo"],
    ["azure", "o3-mini", "azure/o3-mini"],
    [
      "bedrock",
      "anthropic.claude-3-haiku-20240307-v1:0",
      "aws/regional.anthropic.claude-3-haiku-20240307-v1:0",
    ],
    ["amazon-bedrock", "amazon.nova-lite-v1:0", "aws/amazon.nova-lite-v1:0"],
    [
      "aws.bedrock",
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
      "aws/regional.anthropic.claude-sonnet-4-20250514-v1:0",
    ],
    ["gcp.vertex_ai", "claude-sonnet-4@20250514", "google/claude-4-sonnet"],
    ["google_genai", "models/gemini-2.5-pro", "google/gemini-2.5-pro"],
    [
      "vertex_ai",
      "projects/p/locations/us/publishers/google/models/gemini-2.5-flash",
      "google/gemini-2.5-flash",
    ],
    ["xai", "grok-4", "x-ai/grok-4-0709"],
    ["openrouter", "anthropic/claude-3.5-sonnet", "openrouter/anthropic/claude-3.5-sonnet"],
    [null, "claude-3-5-sonnet-20241022", "anthropic/claude-3-5-sonnet"],
    ["unknown", "gemini-2.5-pro", "google/gemini-2.5-pro"],
    ["litellm", "azure/gpt-4o", "openai/gpt-4o"],
    [
      "litellm",
      "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
      "aws/regional.anthropic.claude-haiku-4-5-20251001-v1:0",
    ],
    [null, "groq/llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"],
    [
      null,
      "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
      "aws/regional.anthropic.claude-3-5-sonnet-20241022-v2:0",
    ],
  ])("reads %s %s as %s", (provider, model, expected) => {
    expect(found(provider, model)).toBe(expected);
  });

  it.each([
    ["openai", "nova-9", "a model that nobody lists"],
    ["databricks", "gpt-4o", "a seller without a price list"],
    ["openai_compatible", "gpt-4o", "a server that only speaks the protocol"],
    [null, "someone/claude-3-5-sonnet-distilled", "a stranger's model with a famous name in it"],
    [null, "llama-3.3-70b-instruct", "an open model that sellers price differently"],
    ["openai", "", "an empty name"],
  ])("leaves %s %s unpriced: %s", (provider, model, _why) => {
    expect(found(provider, model)).toBeNull();
  });

  it("says whether the name was the list's own or another spelling", () => {
    const matched = (model: string) => shipped.find({ provider: "openai", model, at: AT })?.matched;
    expect([matched("gpt-4o"), matched("gpt-4o-2024-08-06")]).toEqual(["exact", "alias"]);
  });

  it("carries batch, prompt-cache and class terms", () => {
    expect(
      shipped.find({ provider: "anthropic", model: "claude-sonnet-4-5-20250929", at: AT })?.row,
    ).toMatchObject({
      batchDiscount: { numerator: 1n, denominator: 2n },
      promptCache: { minimumTokens: 1_024, ttlSeconds: 300 },
      capabilityClass: "frontier",
      maxInputTokens: 200_000,
    });
  });

  it("has the tier thresholds of all rows, ascending and distinct", () => {
    expect(shipped.thresholds).toEqual([128_000, 199_999, 200_000, 271_999, 272_000, 512_000]);
  });
});

describe("a user's own rows", () => {
  const list = [row("openai", "gpt-4o", 4, { maxInputTokens: 128_000, match: { starts_with: "gpt-4o" } })];
  const inputAt = (book: PriceBook, provider: string | null, model: string, at = AT) =>
    book.find({ provider, model, at })?.row.tiers[0]?.rates.input;

  it("win over the list for the model, its dated names and its terms, on their dates only", () => {
    const book = createPriceBook(
      list,
      [row("openai", "gpt-4o", 3, { from: "2026-01-01", until: "2027-01-01" })],
      META,
    );
    expect(inputAt(book, "openai", "gpt-4o")).toBe(3_000_000n);
    expect(inputAt(book, "openai", "gpt-4o-2024-08-06")).toBe(3_000_000n);
    expect(book.find({ provider: "openai", model: "gpt-4o", at: AT })).toMatchObject({
      matched: "override",
      row: { maxInputTokens: 128_000 },
    });
    expect(inputAt(book, "openai", "gpt-4o", new Date("2025-12-31T23:59:59Z"))).toBe(4_000_000n);
    expect(inputAt(book, "openai", "gpt-4o", new Date("2027-01-01T00:00:00Z"))).toBe(4_000_000n);
  });

  it("hold for every seller with a star, and a row for one seller is nearer than the star", () => {
    const book = createPriceBook(list, [row("*", "gpt-4o", 1), row("azure_openai", "gpt-4o", 2)], META);
    expect(inputAt(book, "openai", "gpt-4o")).toBe(1_000_000n);
    expect(inputAt(book, "my-own-gateway", "gpt-4o")).toBe(1_000_000n);
    expect(inputAt(book, "azure", "gpt-4o")).toBe(2_000_000n);
  });

  it("price a model and a seller that the list does not know", () => {
    const book = createPriceBook(list, [row("databricks", "llama-70b", 1)], META);
    expect(inputAt(book, "databricks", "llama-70b")).toBe(1_000_000n);
    expect(inputAt(book, "snowflake", "llama-70b")).toBeUndefined();
  });

  it("change the book's id, and equal prices give equal ids", () => {
    const id = (usd: number) => createPriceBook(list, [row("openai", "gpt-4o", usd)], META).id;
    expect(id(3)).toBe(id(3));
    expect(id(3)).not.toBe(id(2));
    expect(createPriceBook(list, [], META).id).not.toBe(id(3));
  });
});

describe("capabilityPeers", () => {
  const mid = { capabilityClass: "mid" };
  const peers = (rows: MatchedPriceRow[], of: PriceRow, allow: (row: PriceRow) => boolean = () => true) =>
    capabilityPeers(createPriceBook(rows, [], META), of, allow, AT).map(
      (peer) => `${peer.provider}/${peer.model}`,
    );
  const own = row("a", "own", 4, mid);

  it("are cheaper rows of the same class, cheapest first", () => {
    const others = [
      row("b", "three", 3, mid),
      row("b", "one", 1, mid),
      row("b", "dear", 5, mid),
      row("b", "other", 1),
    ];
    expect(peers([own, ...others], own)).toEqual(["b/one", "b/three"]);
  });

  it("leave out what is disallowed, retired, listed as free, or not in force", () => {
    const others = [
      row("c", "disallowed", 1, mid),
      row("b", "retired", 1, { ...mid, deprecated: true }),
      row("b", "free", 0, { ...mid, listedAsFree: true }),
      row("b", "later", 1, { ...mid, from: "2027-01-01" }),
      row("b", "past", 1, { ...mid, until: "2026-01-01" }),
    ];
    expect(peers([own, ...others], own, (candidate) => candidate.provider !== "c")).toEqual([]);
  });

  it("do not exist for a model without a class", () => {
    expect(peers([row("b", "one", 1)], row("a", "own", 4))).toEqual([]);
  });

  it("offer cheaper models of its class for gpt-4o from the shipped book, and never itself", () => {
    const gpt4o = shipped.find({ provider: "openai", model: "gpt-4o", at: AT })!.row;
    const names = capabilityPeers(shipped, gpt4o, () => true, AT).map(
      (peer) => `${peer.provider}/${peer.model}`,
    );
    expect(names).toContain("openai/gpt-5-mini");
    expect(names).not.toContain("openai/gpt-4o");
    expect(new Set(names).size).toBe(names.length);
  });
});
