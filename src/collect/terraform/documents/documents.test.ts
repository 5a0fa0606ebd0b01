import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTerraform } from "../inventory.js";
import type { Value, Values } from "../value.js";
import { kindOfJson, parseJson } from "./json.js";
import { readPlan } from "./plan.js";
import { readRawState, readState } from "./state.js";

const resource = (address: string, values: Values): Values => ({
  address,
  mode: "managed",
  type: "aws_instance",
  name: "a",
  values,
});

describe("which document a JSON text is", () => {
  it.each<readonly [Value, string | null]>([
    [{ format_version: "1.0", values: {} }, "state"],
    [{ format_version: "1.0", terraform_version: "1.9.8" }, "state"],
    [{ format_version: "0.1", planned_values: {} }, "plan"],
    [{ format_version: "1.2", resource_changes: [] }, "plan"],
    [{ version: 4, lineage: "x", resources: [] }, "raw-state"],
    [{ format_version: "1.0" }, null],
    [{ version: 4, resources: [] }, null],
    [[], null],
    ["text", null],
  ])("%j", (value, kind) => {
    expect(kindOfJson(value, "x.json")).toBe(kind);
  });

  it("is told with a mark at its beginning, too", () => {
    expect(parseJson('\ufeff{"a":1}', "x.json")).toEqual({ a: 1 });
  });

  it("is not asked of broken text, whose line is named", () => {
    expect(() => parseJson('{\n"a": 1,\n}', "x.json")).toThrow(/^x\.json:3: not valid JSON/);
  });
});

describe("a state", () => {
  it("is read through modules of any depth and width, each resource once", () => {
    const { tree } = fc.letrec<{ tree: Values }>((tie) => ({
      tree: fc.record({
        resources: fc.array(fc.constant({}), { maxLength: 3 }),
        child_modules: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie("tree"), { maxLength: 3 })),
      }) as fc.Arbitrary<Values>,
    }));
    fc.assert(
      fc.property(tree, (shape) => {
        let count = 0;
        const named = (module: Values): Values => ({
          resources: (module.resources as Values[]).map(() => {
            count += 1;
            return resource(`aws_instance.r${count}`, { instance_type: "g5.xlarge" });
          }),
          child_modules: (module.child_modules as Values[]).map(named),
        });
        const document = { format_version: "1.0", values: { root_module: named(shape) } };
        const { pools } = readTerraform([readState(document, "x.json")]);
        expect(new Set(pools.map(({ address }) => address)).size).toBe(count);
        expect(pools).toHaveLength(count);
      }),
    );
  });

  it("kept raw tells copies apart by their keys, and leaves what is to be destroyed", () => {
    const attributes = { instance_type: "g5.xlarge" };
    const instances: Values[] = [
      { index_key: 0, attributes },
      { index_key: "a", attributes },
      { index_key: 1, deposed: "1", attributes },
    ];
    const document = {
      version: 4,
      lineage: "l",
      resources: [{ module: "module.m", mode: "managed", type: "aws_instance", name: "a", instances }],
    };

    expect(readRawState(document, "x.tfstate").resources.map(({ address }) => address)).toEqual([
      "module.m.aws_instance.a[0]",
      'module.m.aws_instance.a["a"]',
    ]);
  });
});

describe("a plan", () => {
  const known = { instance_type: "g5.xlarge", availability_zone: "us-east-1a", instance_lifecycle: "spot" };

  it("reports what it cannot know as unknown, whichever attributes those are", () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(known)), (unknown) => {
        const marks = Object.fromEntries(unknown.map((name) => [name, true]));
        const after = Object.fromEntries(Object.entries(known).filter(([name]) => !unknown.includes(name)));
        const change = { actions: ["create"], after, after_unknown: marks };
        const document = {
          format_version: "1.2",
          planned_values: { root_module: { resources: [resource("aws_instance.a", after)] } },
          resource_changes: [{ address: "aws_instance.a", mode: "managed", change }],
        };
        const [pool] = readTerraform([readPlan(document, "p.json")]).pools;
        const isUnknown = (name: string): boolean => unknown.includes(name);
        expect(pool!.status).toBe("planned");
        expect(pool!.instances).toEqual(isUnknown("instance_type") ? [] : ["g5.xlarge"]);
        expect(pool!.region).toBe(isUnknown("availability_zone") ? null : "us-east-1");
        expect(pool!.unknown.some(({ field }) => field === "instance_type")).toBe(isUnknown("instance_type"));
        expect(pool!.unknown.some(({ field }) => field === "region")).toBe(isUnknown("availability_zone"));
      }),
    );
  });

  it.each([
    [["no-op"], "in_place"],
    [["update"], "in_place"],
    [["delete", "create"], "in_place"],
    [["create", "delete"], "in_place"],
    [["create"], "planned"],
  ])("that would %j has it %s", (actions, status) => {
    const document = {
      format_version: "1.2",
      planned_values: { root_module: { resources: [resource("aws_instance.a", known)] } },
      resource_changes: [
        { address: "aws_instance.a", mode: "managed", change: { actions, after_unknown: {} } },
      ],
    };

    expect(readPlan(document, "p.json").resources.map((one) => one.status)).toEqual([status]);
  });

  it("that ended in an error says so", () => {
    const document = { format_version: "1.2", planned_values: {}, errored: true };

    expect(readPlan(document, "p.json").notes).toEqual([
      "p.json: the plan ended in an error, so it may not hold everything.",
    ]);
  });
});
