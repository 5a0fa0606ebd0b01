import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadHardwareBook } from "../../src/serving/index.js";
import { parseUsd } from "../../src/shared/money.js";

it("the guide's example of hardware.yaml is an offer that plans can use, its price by the GPU", async () => {
  const guide = await readFile(join(import.meta.dirname, "../../docs/guide/serving.md"), "utf8");
  const folder = await mkdtemp(join(tmpdir(), "tokenop-guide-"));
  const path = join(folder, "hardware.yaml");
  await writeFile(path, /```yaml\n(offers:[\s\S]*?)```/.exec(guide)![1]!);

  const { offers } = await loadHardwareBook({ overrides: path });
  await rm(folder, { recursive: true });

  expect(offers.find(({ cloud }) => cloud === "our-dc")).toMatchObject({
    gpu: "h100-sxm",
    gpusPerInstance: 8,
    onDemand: parseUsd("2.4"),
    reserved: [{ termMonths: 12, rate: parseUsd("1.8") }],
  });
});
