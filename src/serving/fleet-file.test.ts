import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseUsd } from "../shared/money.js";
import { hardware } from "./fixtures/hardware.js";
import { loadFleetBenchmarks, loadFleets } from "./fleet-file.js";

let directory: string;
let path: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fleets-"));
  path = join(directory, "fleet.yaml");
});
afterAll(() => rm(directory, { recursive: true }));

const HEAD = "apiVersion: tokenop/v1\nkind: Fleet\nfleets:\n";
const FLEET = `  - id: chat
    provider: self-hosted
    model: Llama-3.1-70B-Instruct
    engine: vllm
    gpu: H100
    gpus_per_replica: 4
    precision: fp8
    replicas: 3
    cloud: acme-cloud
    region: us-1
    instance: h100-x4
`;

async function load(text: string) {
  await writeFile(path, HEAD + text);
  return loadFleets(path, hardware());
}

describe("fleet.yaml", () => {
  it("describes a fleet by ids of the tables, priced by them where the file is silent", async () => {
    expect(await load(FLEET)).toEqual([
      {
        id: "chat",
        provider: "self-hosted",
        model: "Llama-3.1-70B-Instruct",
        serving: {
          model: "llama-3.1-70b",
          engine: "vllm",
          gpu: "h100-sxm",
          gpusPerReplica: 4,
          precision: "fp8",
          kvPrecision: "bf16",
          prefixCaching: true,
          maximumBatch: 256,
        },
        cloud: "acme-cloud",
        region: "us-1",
        instance: "h100-x4",
        rates: {
          onDemand: parseUsd("4"),
          spot: parseUsd("1.6"),
          reserved: [{ termMonths: 12, rate: parseUsd("2.4") }],
          source: "test",
          basis: "assumed",
        },
        scaling: { kind: "fixed", replicas: 3 },
        spare: 0,
        utilisation: 0.7,
        targets: { ttftMs: null, tpotMs: null },
        spotShare: 0,
        spotOverhead: 1,
        committed: null,
        potential: false,
        operationsPicoUsdMonth: 0n,
      },
    ]);
  });

  it("takes what the user pays before any table, also in a place that no table knows", async () => {
    const own = FLEET.replace("region: us-1", "region: cellar").replace(
      "    instance",
      "    usd_per_gpu_hour: { on_demand: 1.85, spot: 0.9 }\n    spot_share: 0.5\n    instance",
    );

    const [fleet] = await load(own);

    expect(fleet!.rates).toMatchObject({
      onDemand: parseUsd("1.85"),
      spot: parseUsd("0.9"),
      basis: "measured",
      source: expect.stringContaining("fleets.0"),
    });
    expect(fleet!.spotShare).toBe(0.5);
    expect(fleet!.spotOverhead).toBeGreaterThan(1);
  });

  it("prices a commitment by its own rate or that of its term", async () => {
    const committed = (rest: string) =>
      load(FLEET.replace("    cloud", `    committed: { gpus: 8, term_months: 12${rest} }\n    cloud`));

    expect((await committed(""))[0]!.committed).toEqual({ gpus: 8, termMonths: 12, rate: parseUsd("2.4") });
    expect((await committed(", usd_per_gpu_hour: 2"))[0]!.committed!.rate).toBe(parseUsd("2"));
  });

  it("reads autoscaling with its floor and lag", async () => {
    const [fleet] = await load(FLEET.replace("replicas: 3", "autoscaling: { floor: 0, lag_minutes: 8 }"));

    expect(fleet!.scaling).toEqual({ kind: "autoscaled", floor: 0, lagMinutes: 8 });
  });

  it("knows where Terraform declares it, in the folder of the file unless another is named", async () => {
    const at = (terraform: string) =>
      load(FLEET.replace("    cloud", `    terraform: ${terraform}\n    cloud`));

    const address = "module.gpu.aws_autoscaling_group.this[0]";
    expect((await at(`{ address: "${address}" }`))[0]!.terraform).toEqual({ address, dir: "." });
    expect((await at(`{ address: "${address}", dir: ../infra }`))[0]!.terraform).toEqual({
      address,
      dir: "../infra",
    });
    expect((await load(FLEET))[0]).not.toHaveProperty("terraform");
  });

  it.each([
    {
      name: "a second fleet of one id",
      text: FLEET + FLEET,
      code: "TOP-FLEET-TWICE",
      says: "fleets.1 (chat)",
    },
    {
      name: "a model that no table knows",
      text: FLEET.replace("Llama-3.1-70B-Instruct", "llama-3.1-70bb"),
      code: "TOP-FLEET-NAME",
      says: 'the model "llama-3.1-70bb"',
    },
    {
      name: "a GPU that no table knows",
      text: FLEET.replace("H100", "h900"),
      code: "TOP-FLEET-NAME",
      says: '"h900"',
    },
    {
      name: "a place without a price",
      text: FLEET.replace("us-1", "us-9"),
      code: "TOP-FLEET-PRICE",
      says: "no price of acme-cloud h100-x4 in us-9",
    },
    {
      name: "spot without a price",
      text: FLEET.replace("us-1", "eu-1").replace("h100-x4", "h100-x1\n    spot_share: 1"),
      code: "TOP-FLEET-PRICE",
      says: "no spot price",
    },
    {
      name: "a commitment without a price",
      text: FLEET.replace("    cloud", "    committed: { gpus: 8, term_months: 36 }\n    cloud"),
      code: "TOP-FLEET-PRICE",
      says: "36 months",
    },
    {
      name: "neither replicas nor autoscaling",
      text: FLEET.replace("    replicas: 3\n", ""),
      code: "TOP-HARDWARE-FILE",
      says: 'expected either "replicas" or "autoscaling"',
    },
    {
      name: "an unknown key",
      text: FLEET.replace("replicas", "replica"),
      code: "TOP-HARDWARE-FILE",
      says: 'unknown key "fleets.0.replica"',
    },
  ])("refuses $name", async ({ text, code, says }) => {
    await expect(load(text)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
  });

  it("finds benchmark files beside itself and hands them the fleet's configuration", async () => {
    const result = {
      completed: 10,
      total_input_tokens: 10_000,
      total_output_tokens: 3000,
      request_throughput: 1,
      mean_ttft_ms: 200,
      mean_tpot_ms: 20,
    };
    await writeFile(join(directory, "own.json"), JSON.stringify(result));
    await writeFile(path, `${HEAD}${FLEET}    benchmarks: [own.json]\n`);

    expect(await loadFleetBenchmarks(path, hardware())).toMatchObject([
      { config: { model: "llama-3.1-70b", gpu: "h100-sxm" }, tpotMs: 20, source: "own.json" },
    ]);
  });
});
