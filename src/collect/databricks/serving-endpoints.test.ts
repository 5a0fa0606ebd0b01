import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EndpointFound } from "../../serving/contract.js";
import { type ListedEndpoint, normaliseEndpoints } from "./serving-endpoints.js";

const SOURCE = "databricks:serving_endpoints";

/** As `GET /api/2.0/serving-endpoints/{name}` gives one, with a served entity of each given kind. */
function endpoint(name: string, entities: readonly object[], rest: object = {}): ListedEndpoint {
  const listed = { name, state: { ready: "READY", config_update: "NOT_UPDATING" } };
  return { listed, detail: { ...listed, config: { served_entities: entities }, ...rest } };
}

const read = (...answers: ListedEndpoint[]) => normaliseEndpoints(answers, SOURCE);

function only(entity: object): EndpointFound {
  const { endpoints, notes } = read(endpoint("chat", [entity]));
  expect(notes).toEqual([]);
  expect(endpoints).toHaveLength(1);
  return endpoints[0]!;
}

describe("a served entity", () => {
  it("with model units is provisioned at exactly so many", () => {
    expect(
      only({ name: "llama-4", entity_name: "system.ai.llama-4-maverick", provisioned_model_units: 100 }),
    ).toMatchObject({
      source: SOURCE,
      address: "serving-endpoints/chat/llama-4",
      status: "in_place",
      service: "databricks",
      name: "chat",
      model: "llama-4-maverick",
      billing: "provisioned",
      unit: "model_units",
      size: { minimum: 100, desired: 100, maximum: 100 },
      autoscaled: false,
      unknown: [],
    });
  });

  it("with provisioned throughput scales between its bounds, in tokens per second", () => {
    expect(
      only({
        entity_name: "main.models.support",
        min_provisioned_throughput: 9500,
        max_provisioned_throughput: 19000,
        scale_to_zero_enabled: false,
      }),
    ).toMatchObject({
      model: "main.models.support",
      billing: "provisioned",
      unit: "tokens_per_second",
      size: { minimum: 9500, desired: null, maximum: 19000 },
      autoscaled: true,
      scaleToZero: false,
    });
  });

  it("of a custom model is paid by the hour at its size, from none where it scales to zero", () => {
    const custom = { entity_name: "main.models.rank", workload_type: "GPU_SMALL", workload_size: "Small" };

    expect(only({ ...custom, scale_to_zero_enabled: false })).toMatchObject({
      billing: "per_hour",
      unit: "concurrent_requests",
      instance: "GPU_SMALL",
      size: { minimum: 4, desired: null, maximum: 4 },
      scaleToZero: false,
      autoscaled: false,
    });
    expect(only({ ...custom, scale_to_zero_enabled: true })).toMatchObject({
      size: { minimum: 0, desired: null, maximum: 4 },
      scaleToZero: true,
      autoscaled: true,
    });
    expect(only({ ...custom, min_provisioned_concurrency: 8, max_provisioned_concurrency: 32 }).size).toEqual(
      { minimum: 8, desired: null, maximum: 32 },
    );
  });

  it.each([
    ["another provider's", { external_model: { name: "gpt-4o", provider: "openai" } }, "gpt-4o"],
    [
      "shared by the token",
      { entity_name: "system.ai.llama-3", foundation_model: { name: "system.ai.llama-3" } },
      "llama-3",
    ],
  ])("that is %s costs nothing while nobody calls", (_, entity, model) => {
    expect(only({ ...entity, workload_size: "Small" })).toMatchObject({
      model,
      billing: "per_use",
      unit: null,
      instance: null,
      size: { minimum: null, desired: null, maximum: null },
      scaleToZero: true,
    });
  });

  it("of a foundation model with throughput of its own is provisioned all the same", () => {
    const foundation = { foundation_model: { name: "llama-3" }, max_provisioned_throughput: 100 };

    expect(only(foundation)).toMatchObject({ billing: "provisioned", model: "llama-3" });
  });
});

describe("an endpoint", () => {
  it("splits its traffic among its entities, and keeps tags of cost alone", () => {
    const entities = [
      { name: "new", entity_name: "m.s.a" },
      { name: "old", entity_name: "m.s.b" },
    ];
    const routes = [
      { served_model_name: "new", traffic_percentage: 10 },
      { served_entity_name: "old", traffic_percentage: 90 },
    ];
    const tags = [
      { key: "team", value: "search" },
      { key: "note", value: "canary" },
    ];
    const config = { served_entities: entities, traffic_config: { routes } };
    const { endpoints } = read(endpoint("chat", [], { config, tags }));

    expect(endpoints.map(({ address, trafficShare }) => [address, trafficShare])).toEqual([
      ["serving-endpoints/chat/new", 0.1],
      ["serving-endpoints/chat/old", 0.9],
    ]);
    expect(endpoints[0]!.tags).toEqual([{ key: "team", value: "search" }]);
  });

  it("whose configuration may not be seen is listed, with what is not known and why", () => {
    const listed = { name: "chat", config: { served_entities: [{ name: "c", entity_name: "main.m.c" }] } };
    const [found] = read({ listed, detail: null }).endpoints;

    expect(found).toMatchObject({ name: "chat", model: "main.m.c", scaleToZero: null, instance: null });
    expect(found!.unknown.map(({ field }) => field)).toContain("size");
    expect(found!.unknown[0]!.reason).toContain("CAN VIEW");
  });

  it.each([
    [{ ready: "NOT_READY", config_update: "IN_PROGRESS" }, "NOT_READY (its update: IN_PROGRESS)"],
    [{ ready: "READY", config_update: "UPDATE_FAILED" }, "the last update of endpoint chat failed"],
  ])("in the state %j stands, with a note", (state, note) => {
    const { endpoints, notes } = read(endpoint("chat", [{ entity_name: "m.s.a" }], { state }));

    expect(endpoints).toHaveLength(1);
    expect(notes).toEqual([expect.stringContaining(note)]);
  });

  it("that cannot be read is left out with a note that quotes no text, and the others stand", () => {
    const broken = endpoint("broken", [{ entity_name: "m.s.a", provisioned_model_units: "canary" }]);
    const { endpoints, notes } = read(broken, endpoint("chat", [{ entity_name: "m.s.a" }]));

    expect(endpoints.map(({ name }) => name)).toEqual(["chat"]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain("provisioned_model_units");
    expect(notes[0]).not.toContain("canary");
  });

  it("that costs while nobody calls comes before those paid by the token, whatever the order of the list", () => {
    const shared = endpoint("a-shared", [{ external_model: { name: "gpt-4o" } }]);
    const paid = [endpoint("z-paid", [{ entity_name: "m" }]), endpoint("b-paid", [{ entity_name: "m" }])];
    const names = (answers: ListedEndpoint[]) => read(...answers).endpoints.map(({ name }) => name);

    expect(names([shared, ...paid])).toEqual(["b-paid", "z-paid", "a-shared"]);
    expect(names([...paid.toReversed(), shared])).toEqual(["b-paid", "z-paid", "a-shared"]);
  });
});

it("whatever the workspace answers, nothing is thrown and no size is below 0", () => {
  const entity = fc.record(
    {
      name: fc.anything(),
      entity_name: fc.anything(),
      workload_size: fc.constantFrom("Small", "Huge", 3, null),
      scale_to_zero_enabled: fc.anything(),
      min_provisioned_throughput: fc.anything(),
      max_provisioned_throughput: fc.oneof(fc.integer(), fc.anything()),
      provisioned_model_units: fc.oneof(fc.integer(), fc.anything()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(entity, fc.anything())), fc.anything(), (entities, listed) => {
      const { endpoints } = normaliseEndpoints(
        [
          { listed, detail: null },
          { listed, detail: { name: "chat", config: { served_entities: entities } } },
        ],
        SOURCE,
      );
      for (const { size } of endpoints)
        for (const value of Object.values(size)) expect(value ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});
