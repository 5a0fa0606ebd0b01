import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TokenOpError } from "../shared/errors.js";
import { loadPriceBook } from "./load-price-book.js";
import { parseUserPrices } from "./user-prices.js";

const parse = (text: string) => parseUserPrices(text, "my/prices.yaml", "prices.yaml");

function refusal(text: string): { code: string; message: string } {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof TokenOpError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("the file was accepted");
}

const GOOD = `
prices:
  - provider: openai
    model: gpt-4o
    input_usd_per_mtok: 2.25
    cached_input_usd_per_mtok: "1.125"
    cache_write_1h_usd_per_mtok: 1e-6
    output_usd_per_mtok: 9
    batch_discount: 0.4
    from: 2026-01-01
    until: 2027-01-01
    tiers:
      - above_input_tokens: 200000
        input_usd_per_mtok: 4.5
        output_usd_per_mtok: 13.5
`;

describe("a user's price file", () => {
  it("is read exactly, from numbers and from decimal text", () => {
    const [row] = parse(GOOD);
    expect(row).toMatchObject({
      provider: "openai",
      from: "2026-01-01",
      until: "2027-01-01",
      batchDiscount: { numerator: 3n, denominator: 5n },
      source: "prices.yaml, prices.0",
    });
    expect(row!.tiers.map((tier) => [tier.aboveInputTokens, tier.rates.input])).toEqual([
      [0, 2_250_000n],
      [200_000, 4_500_000n],
    ]);
    expect(row!.tiers[0]!.rates).toMatchObject({
      cachedInput: 1_125_000n,
      cacheWrite: null,
      cacheWrite1h: 1n,
    });
  });

  it("is what the guide shows", async () => {
    const guide = await readFile(new URL("../../docs/guide/prices.md", import.meta.url), "utf8");
    const example = /```yaml\n([\s\S]*?)```/.exec(guide)![1]!;
    expect(parse(example).map((row) => row.model)).toEqual(["gpt-4o", "llama-3.3-70b"]);
  });

  it("may be JSON", () => {
    const price = { provider: "*", model: "m", input_usd_per_mtok: "0.15", output_usd_per_mtok: 0.6 };
    expect(parse(JSON.stringify({ prices: [price] }))[0]!.tiers[0]!.rates.input).toBe(150_000n);
  });

  it.each([
    ["output_usd_per_mtok: 9", "output_usd_per_mtok: -9", 8, "output_usd_per_mtok"],
    ["output_usd_per_mtok: 9", "output_usd_per_mtok: 0.0000001", 8, "output_usd_per_mtok"],
    ["output_usd_per_mtok: 9", "output_usd_per_mtok: nine", 8, "output_usd_per_mtok"],
    ["model: gpt-4o", "modle: gpt-4o", 4, "model"],
    ["from: 2026-01-01", "from: January", 10, "from"],
    ["batch_discount: 0.4", "batch_discount: 40", 9, "batch_discount"],
  ])("is refused with line and field where %s reads %s", (right, wrong, line, field) => {
    const { code, message } = refusal(GOOD.replace(right, wrong));
    expect(code).toBe("TOP-ARTIFACT-SCHEMA");
    expect(message).toMatch(new RegExp(`^my/prices\\.yaml:\\d+: field "prices\\.0\\.${field}"`));
    if (field !== "model") expect(message).toContain(`:${line}:`);
  });

  it("is refused when a price ends before it begins, or tiers do not ascend", () => {
    expect(refusal(GOOD.replace("until: 2027-01-01", "until: 2025-01-01")).code).toBe("TOP-PRICES-SPAN");
    const twice = GOOD.trimEnd().concat(
      "\n      - above_input_tokens: 1000\n        input_usd_per_mtok: 5\n        output_usd_per_mtok: 5\n",
    );
    expect(refusal(twice).code).toBe("TOP-PRICES-SPAN");
  });

  it("is refused when two rows claim the same days, since the price would be ambiguous", () => {
    const second = GOOD.replace("\nprices:\n", "").replace("gpt-4o", "GPT-4o");
    expect(refusal(GOOD + second)).toMatchObject({ code: "TOP-PRICES-OVERLAP" });
    const later = second
      .replace("from: 2026-01-01", "from: 2027-01-01")
      .replace("until: 2027-01-01", "until: 2028-01-01");
    expect(parse(GOOD + later)).toHaveLength(2);
  });
});

describe("loadPriceBook with a user's file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tokenop-prices-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("puts the user's rows first and names the file in the source", async () => {
    const path = join(folder, "prices.yaml");
    await writeFile(path, GOOD);
    const book = await loadPriceBook({ overrides: path });
    const match = book.find({ provider: "openai", model: "gpt-4o-2024-08-06", at: new Date("2026-06-01") });
    expect(match).toMatchObject({ matched: "override", row: { capabilityClass: "mid" } });
    expect(book.source).toBe("@pydantic/genai-prices 0.1.8 with prices.yaml");
    expect(book.id).not.toBe((await loadPriceBook()).id);
  });

  it("says which file is missing and how to name one", async () => {
    const missing = loadPriceBook({ overrides: join(folder, "none.yaml") });
    await expect(missing).rejects.toMatchObject({
      code: "TOP-PRICES-MISSING",
      found: "There is no such file or folder.",
    });
  });
});
