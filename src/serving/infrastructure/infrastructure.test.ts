import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { toFileShape } from "../../shared/case.js";
import { parseUsd } from "../../shared/money.js";
import type { HardwareBook } from "../contract.js";
import { type Inventory, infrastructureSchema, loadFleets, loadHardwareBook } from "../index.js";
import { type EndpointFound, NO_PLACEMENT, NO_SIZE, type PoolFound, type ServerFound } from "../inventory.js";
import { describeInfrastructure } from "./describe.js";
import type { EndpointUsage } from "./join-events.js";
import { proposeFleets } from "./propose-fleets.js";

const FOUND = { source: "main.tf", line: 3, status: "in_place", tags: [], unknown: [] } as const;

const POOL: PoolFound = {
  ...FOUND,
  address: "aws_eks_node_group.gpu",
  cloud: "aws",
  region: "us-east-1",
  kind: "node_pool",
  name: "gpu",
  instances: ["g6e.12xlarge"],
  attached: null,
  markedGpu: false,
  size: { minimum: 1, desired: 2, maximum: 4 },
  autoscaled: true,
  purchase: { kind: "on_demand", spotShare: 0 },
  labels: [{ key: "gpu", value: "l40s" }],
};

const SERVER: ServerFound = {
  ...FOUND,
  address: "kubernetes_deployment.chat",
  engine: "vllm",
  image: "vllm/vllm-openai:v0.10",
  name: "chat",
  model: "meta-llama/Llama-3.1-8B-Instruct",
  servedNames: [],
  replicas: { minimum: 2, desired: 2, maximum: 2 },
  autoscaled: false,
  gpusPerReplica: 1,
  tensorParallel: null,
  pipelineParallel: null,
  quantization: "fp8",
  kvPrecision: null,
  prefixCaching: null,
  maximumBatch: 128,
  maximumContext: 8192,
  memoryShare: 0.9,
  arguments: [],
  names: ["chat", "chat.models.svc.cluster.local", "llm.shop.example"],
  placement: { ...NO_PLACEMENT, nodeLabels: [{ key: "gpu", value: "l40s" }] },
};

const ENDPOINT: EndpointFound = {
  ...FOUND,
  address: "azurerm_cognitive_deployment.mini",
  service: "azure-openai",
  cloud: "azure",
  region: "swedencentral",
  name: "chat-mini",
  names: ["shop.openai.azure.com"],
  model: "gpt-4o-mini",
  billing: "per_use",
  unit: "thousand_tokens_per_minute",
  size: { minimum: 10, desired: 10, maximum: 10 },
  instance: null,
  attached: null,
  commitment: null,
  autoscaled: false,
  scaleToZero: true,
  trafficShare: null,
};

const EVENT: EndpointUsage = { provider: "vllm", model: "llama-8b", endpoint: "llm.shop.example", events: 7 };

let hardware: HardwareBook;
beforeAll(async () => {
  hardware = await loadHardwareBook();
});

const described = (inventory: Partial<Inventory>, usage: readonly EndpointUsage[] = []) =>
  describeInfrastructure(
    [{ sources: [], pools: [], endpoints: [], servers: [], notes: [], ...inventory }],
    usage,
    hardware,
  );

describe("machines", () => {
  const priceOf = (changes: Partial<PoolFound>) =>
    described({ pools: [{ ...POOL, ...changes }] }).pools[0]!.price;

  it("are priced by what their cloud asks there, at every size that is stated", () => {
    expect(priceOf({})).toEqual({
      usdPerInstanceHour: "10.49264",
      usdPerHour: { minimum: "10.49264", desired: "20.98528", maximum: "41.97056" },
      basis: "assumed",
      source: expect.stringContaining("skypilot"),
      date: "2026-11-23",
      reason: null,
    });
  });

  it.each<readonly [Partial<PoolFound>, string]>([
    [{ region: null }, "the region is not stated"],
    [{ region: "mars-1" }, "no price of aws g6e.12xlarge in mars-1 is known"],
    [{ purchase: null }, "how much of it is spot is not stated"],
    [
      { purchase: { kind: "capacity_block", spotShare: 0 } },
      "a capacity block is paid ahead, at a price of its own",
    ],
    [{ instances: [], markedGpu: true }, "the machine type is not stated"],
    [
      { cloud: "gcp", instances: ["n1-standard-8"], attached: { accelerator: "nvidia-tesla-t4", count: 1 } },
      "no price of n1-standard-8 with attached accelerators is known",
    ],
  ])("without a price stay without one and say why: %j", (changes, reason) => {
    const price = priceOf(changes);

    expect(price).toMatchObject({ usdPerInstanceHour: null, basis: null, reason });
    expect(price.usdPerHour).toEqual({ minimum: null, desired: null, maximum: null });
  });

  it("part on spot cost between spot and on demand, never outside", () => {
    const offer = hardware.offer("aws", "us-east-1", "g6e.12xlarge")!;
    const [spot, onDemand] = [offer.spot! * 4n, offer.onDemand! * 4n];
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (spotShare) => {
        const { usdPerInstanceHour } = priceOf({ purchase: { kind: "mixed", spotShare } });
        const rate = parseUsd(usdPerInstanceHour!);
        expect(rate >= spot && rate <= onDemand).toBe(true);
      }),
    );
  });

  it("without accelerators are left out; where the type is not stated they are named with the reason", () => {
    const unknown = [{ field: "instance_type", reason: 'variable "t" has no default' }];
    const pools: PoolFound[] = [
      { ...POOL, address: "web", instances: ["m6i.large"] },
      { ...POOL, address: "open", instances: [], unknown },
    ];
    const found = described({ pools });

    expect(found.pools).toEqual([]);
    expect(found.undecided).toEqual([
      { source: "main.tf", address: "open", line: 3, reason: 'variable "t" has no default' },
    ]);
  });

  it.each([
    ["aws", "ml.g5.48xlarge", { name: "a10g", gpu: "a10g", count: 8 }],
    ["azure", "STANDARD_nc24ads_a100_v4", { name: "a100-80-pcie", gpu: "a100-80-pcie", count: 1 }],
    ["gcp", "a3-highgpu-8g", { name: "h100-sxm", gpu: "h100-sxm", count: 8 }],
    ["aws", "g4dn.xlarge", { name: "t4", gpu: null, count: 1 }],
    ["aws", "m6i.large", null],
  ] as const)("of %s %s hold %j", (cloud, instance, expected) => {
    expect(hardware.instance(cloud, instance)).toEqual(expected);
  });

  it("in the tables agree with the offers: same GPU, same number", () => {
    for (const { cloud, instance, gpu, gpusPerInstance } of hardware.offers) {
      expect([instance, hardware.instance(cloud, instance)]).toEqual([
        instance,
        { name: gpu, gpu, count: gpusPerInstance },
      ]);
    }
  });
});

describe("requests", () => {
  const joined = (usage: EndpointUsage, inventory: Partial<Inventory>) => {
    const { endpoints, servers } = described(inventory, [usage]);
    return [...endpoints, ...servers].map(({ events }) =>
      events.map(({ events: count, by }) => `${count} by ${by}`),
    );
  };

  it("are joined by the host, with or without port, path and scheme", () => {
    for (const endpoint of ["llm.shop.example", "LLM.shop.example:8000", "https://llm.shop.example/v1"]) {
      expect(joined({ ...EVENT, endpoint }, { servers: [SERVER] })).toEqual([["7 by endpoint"]]);
    }
    expect(joined({ ...EVENT, endpoint: "other.example" }, { servers: [SERVER] })).toEqual([[]]);
  });

  it("of endpoints behind one host are told by the model, and left alone where that does not tell", () => {
    const endpoints = [ENDPOINT, { ...ENDPOINT, name: "chat-big", model: "gpt-4o" }];
    const usage = { ...EVENT, endpoint: "shop.openai.azure.com" };

    expect(joined({ ...usage, model: "chat-big" }, { endpoints })).toEqual([[], ["7 by endpoint"]]);
    expect(joined({ ...usage, model: "gpt-4o-mini" }, { endpoints })).toEqual([["7 by endpoint"], []]);
    expect(joined({ ...usage, model: "o3" }, { endpoints })).toEqual([[], []]);
  });

  it("without an endpoint are joined by the model only to a server of one's own", () => {
    const model = "meta-llama/Llama-3.1-8B-Instruct";

    expect(joined({ ...EVENT, model, endpoint: null }, { servers: [SERVER] })).toEqual([["7 by model"]]);
    expect(joined({ ...EVENT, model, endpoint: null, provider: "together" }, { servers: [SERVER] })).toEqual([
      [],
    ]);
    expect(joined({ ...EVENT, model, endpoint: null }, { servers: [SERVER, SERVER] })).toEqual([[], []]);
  });

  it("never count twice, however names overlap", () => {
    const name = fc.constantFrom("a", "b", "c");
    const server = fc.record({ names: fc.array(name), model: name });
    const usage = fc.record({
      endpoint: fc.option(name),
      model: name,
      provider: fc.constantFrom("vllm", "openai"),
    });
    fc.assert(
      fc.property(fc.array(server), fc.array(usage), (servers, rows) => {
        const found = described(
          { servers: servers.map((changes) => ({ ...SERVER, ...changes })) },
          rows.map((row) => ({ ...row, events: 1 })),
        );
        const total = found.servers.flatMap(({ events }) => events).length;
        expect(total).toBeLessThanOrEqual(rows.length);
      }),
    );
  });
});

describe("where a server runs", () => {
  const placed = (server: Partial<ServerFound["placement"]>, pools: readonly PoolFound[]) => {
    const placement = { ...NO_PLACEMENT, ...server };
    const { runsOn, runsOnBecause } = described({ servers: [{ ...SERVER, placement }], pools }).servers[0]!;
    return [runsOn, runsOnBecause];
  };
  const other: PoolFound = { ...POOL, address: "other", instances: ["g6.12xlarge"], labels: [] };

  it.each<
    readonly [
      string,
      Partial<ServerFound["placement"]>,
      readonly PoolFound[],
      readonly [string | null, string],
    ]
  >([
    ["its labels", { nodeLabels: POOL.labels }, [POOL, other], [POOL.address, "its node labels"]],
    [
      "the machine type",
      { nodeLabels: [{ key: "node.kubernetes.io/instance-type", value: "g6.12xlarge" }] },
      [POOL, other],
      ["other", "its node labels"],
    ],
    [
      "the GPU",
      { nodeLabels: [{ key: "nvidia.com/gpu.product", value: "NVIDIA-L40S" }] },
      [POOL, other],
      [POOL.address, "its node labels"],
    ],
    ["being alone", {}, [POOL], [POOL.address, "the only GPU node pool (assumed)"]],
    ["nothing, of two", {}, [POOL, other], [null, "it names no node label, and there are 2 GPU node pools"]],
    [
      "labels of no pool",
      { nodeLabels: [{ key: "x", value: "y" }] },
      [POOL],
      [null, "no GPU node pool carries its node labels"],
    ],
    ["no pool", {}, [{ ...POOL, instances: ["m6i.large"] }], [null, "no GPU node pool is in these files"]],
  ])("is told by %s", (_, placement, pools, expected) => {
    expect(placed(placement, pools)).toEqual(expected);
  });
});

describe("a proposed fleet.yaml", () => {
  const load = async (text: string) => {
    const folder = await mkdtemp(join(tmpdir(), "fleet-"));
    try {
      await writeFile(join(folder, "fleet.yaml"), text);
      return await loadFleets(join(folder, "fleet.yaml"), hardware);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const proposed = (inventory: Partial<Inventory>, usage: readonly EndpointUsage[] = []): string =>
    proposeFleets(described(inventory, usage), hardware, ".")!;

  it("of a server whose requests are seen is taken as it stands", async () => {
    const fleets = await load(proposed({ servers: [SERVER], pools: [POOL] }, [EVENT]));

    expect(fleets).toMatchObject([
      {
        id: "chat",
        provider: "vllm",
        model: "llama-8b",
        serving: {
          model: "llama-3.1-8b",
          engine: "vllm",
          gpu: "l40s",
          gpusPerReplica: 1,
          precision: "fp8",
          maximumBatch: 128,
        },
        cloud: "aws",
        region: "us-east-1",
        instance: "g6e.12xlarge",
        scaling: { kind: "fixed", replicas: 2 },
        rates: { basis: "assumed" },
      },
    ]);
  });

  it("with something that nobody stated is refused by line and field, and marks it", async () => {
    const text = proposed({ servers: [{ ...SERVER, engine: "nim", model: null, replicas: NO_SIZE }] });

    for (const field of ["provider", "model", "engine", "gpu", "replicas", "cloud", "region", "instance"])
      expect(text).toMatch(new RegExp(`# fill in ${field}: .`));
    await expect(load(text)).rejects.toMatchObject({ code: "TOP-HARDWARE-FILE" });
  });

  it("has one fleet of a provider and model, and shows the second as a comment", async () => {
    const servers = [SERVER, { ...SERVER, address: "kubernetes_deployment.more", names: ["more.example"] }];
    const usage = [EVENT, { ...EVENT, endpoint: "more.example" }];

    expect(await load(proposed({ servers, pools: [POOL] }, usage))).toHaveLength(1);
  });

  it("names where a fleet is declared, and machines that serve nothing", () => {
    const text = proposed({ servers: [SERVER], pools: [POOL, { ...POOL, address: "idle", labels: [] }] });

    expect(text).toContain('terraform: { address: aws_eks_node_group.gpu, dir: "." }');
    expect(text).toContain("#   idle: 2 x g6e.12xlarge with 4 x l40s");
  });

  it("is none where no server of one's own was found, or it is about to go", () => {
    expect(proposeFleets(described({ pools: [POOL] }), hardware, null)).toBeNull();
    expect(
      proposeFleets(described({ servers: [{ ...SERVER, status: "leaving" }] }), hardware, null),
    ).toBeNull();
  });

  it("stays YAML whatever names contain", async () => {
    const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.trim() !== "");
    await fc.assert(
      fc.asyncProperty(name, name, async (model, provider) => {
        const fleets = await load(
          proposed({ servers: [{ ...SERVER, name: model }], pools: [POOL] }, [{ ...EVENT, model, provider }]),
        );
        expect(fleets).toMatchObject([{ model, provider }]);
      }),
      { numRuns: 50 },
    );
  });
});

it("fits the schema that discovered.yaml publishes", () => {
  const found = described({ pools: [POOL], endpoints: [ENDPOINT], servers: [SERVER] }, [EVENT]);

  expect(infrastructureSchema.safeParse(toFileShape(found))).toMatchObject({ success: true });
});
