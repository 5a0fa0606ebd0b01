import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseUsd } from "../shared/money.js";
import { loadHardwareBook } from "./load-hardware-book.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hardware-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function withOwn(text: string) {
  const path = join(directory, "hardware.yaml");
  await writeFile(path, text);
  return loadHardwareBook({ overrides: path });
}

const OWN_OFFER = `offers:
  - { cloud: aws, region: us-east-1, instance: p5.48xlarge, gpu: H100, gpus: 8, on_demand_usd: 24 }
`;

describe("hardware tables", () => {
  it("state source and date in every row, and name a known GPU in every offer", async () => {
    const book = await loadHardwareBook();

    for (const row of [...book.gpus, ...book.models, ...book.offers]) {
      expect(row.source).not.toBe("");
      expect(row.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
    expect(book.offers.filter((offer) => book.gpu(offer.gpu) === null)).toEqual([]);
    expect(book.offers.length).toBeGreaterThan(50);
  });

  it("never price spot at or above on demand, nor a GPU below zero", async () => {
    const { offers } = await loadHardwareBook();

    for (const { onDemand, spot, reserved } of offers) {
      expect(onDemand).toBeGreaterThan(0n);
      if (spot !== null) expect(spot).toBeLessThan(onDemand!);
      for (const { rate } of reserved) expect(rate).toBeLessThan(onDemand!);
    }
  });

  it("divide the price of an instance by its GPUs; Google Cloud's includes the host", async () => {
    const { offers } = await loadHardwareBook();
    const of = (instance: string, region: string) =>
      offers.find((offer) => offer.instance === instance && offer.region === region)!;

    // 55.04 USD for 8 GPUs, and 35 % less for a year.
    expect(of("p5.48xlarge", "us-east-1")).toMatchObject({
      onDemand: parseUsd("6.88"),
      spot: parseUsd("2.20375"),
      reserved: [{ termMonths: 12, rate: parseUsd("4.472") }],
      interruptedPerMonth: { low: 0.2, high: 1 },
      verified: false,
    });
    // 2.93391 the accelerator, 0.73948 the host.
    expect(of("a2-highgpu-1g", "us-central1").onDemand).toBe(parseUsd("3.67339"));
  });

  it.each([
    ["meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"],
    ["meta.llama3-1-70b-instruct-v1:0", "llama-3.1-70b"],
    ["us.meta.llama3-3-70b-instruct-v1:0", "llama-3.1-70b"],
    ["Meta-Llama-3.1-8B-Instruct-Turbo", "llama-3.1-8b"],
    ["openai/gpt-oss-120b", "gpt-oss-120b"],
    ["deepseek-ai/DeepSeek-R1", "deepseek-v3"],
  ])("know %s as %s", async (name, id) => {
    expect((await loadHardwareBook()).model(name)?.id).toBe(id);
  });

  it("know nothing of models whose weights are closed", async () => {
    const book = await loadHardwareBook();

    expect(["gpt-4o", "claude-sonnet-4", "llama-3.1"].map((name) => book.model(name))).toEqual([
      null,
      null,
      null,
    ]);
  });

  it("give way to the user's own row, and change their id with it", async () => {
    const [shipped, own] = [await loadHardwareBook(), await withOwn(OWN_OFFER)];

    const offer = own.offers.find((row) => row.instance === "p5.48xlarge" && row.region === "us-east-1")!;
    expect(offer).toMatchObject({ onDemand: parseUsd("3"), spot: null, source: "hardware.yaml" });
    expect(own.offers).toHaveLength(shipped.offers.length);
    expect(own.id).not.toBe(shipped.id);
    expect((await loadHardwareBook()).id).toBe(shipped.id);
  });

  it.each([
    {
      name: "an unknown key, with line and the nearest one",
      text: OWN_OFFER.replace("on_demand_usd", "on_demand_us"),
      code: "TOP-HARDWARE-FILE",
      message: 'hardware.yaml:2: unknown key "offers.0.on_demand_us"',
      found: 'The nearest known key is "on_demand_usd".',
    },
    {
      name: "a price that is none",
      text: OWN_OFFER.replace("24", "-1"),
      code: "TOP-HARDWARE-FILE",
      message: 'field "offers.0.on_demand_usd": expected USD',
    },
    {
      name: "a GPU that no table knows",
      text: OWN_OFFER.replace("H100", "h100-sxn"),
      code: "TOP-HARDWARE-NAME",
      message: 'names the GPU "h100-sxn"',
      found: 'The nearest is "h100-sxm".',
    },
    { name: "what is no YAML", text: "offers: [", code: "TOP-HARDWARE-FILE", message: "is not valid YAML" },
  ])("refuse $name", async ({ text, code, message, found }) => {
    await expect(withOwn(text)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      ...(found === undefined ? {} : { found }),
    });
  });

  it("name a file that is not there", async () => {
    await expect(loadHardwareBook({ overrides: "no/such.yaml" })).rejects.toMatchObject({
      code: "TOP-HARDWARE-MISSING",
    });
  });
});
