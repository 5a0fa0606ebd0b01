import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { databricksCase } from "../contracts/platforms/databricks.js";
import { SINCE } from "../contracts/platforms/platform-case.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import type { PlatformServer } from "../support/platform-server.js";

let dir: string;
let server: PlatformServer;

beforeEach(async () => {
  dir = await temporaryFolder();
  server = await databricksCase.start();
});
afterEach(() => server.close());

async function discover(settings: object, terraform?: object): Promise<CliResult> {
  const fields = Object.entries({ ...databricksCase.settings(server.base), ...settings });
  const block = fields.map(([key, value]) => `    ${key}: ${value}`).join("\n");
  await writeFile(join(dir, "tokenop.yaml"), `sources:\n  - collector: databricks\n${block}\n`);
  if (terraform !== undefined) await writeFile(join(dir, "state.json"), JSON.stringify(terraform));
  return tokenop(["discover", "--since", SINCE.toISOString(), "--json"], {
    cwd: dir,
    env: { ...databricksCase.environment, HOME: dir },
  });
}

async function discovered(settings: object, terraform?: object) {
  const result = await discover(settings, terraform);
  expect(result.code, result.stderr).toBe(0);
  return parse(await readFile(join(dir, "discovered.yaml"), "utf8"));
}

it("lists the serving endpoints of a workspace, each with the calls that it got", async () => {
  const { infrastructure } = await discovered({});

  expect(infrastructure.sources).toEqual([
    { file: "databricks:serving_endpoints", kind: "live", resources: 2 },
  ]);
  expect(infrastructure.endpoints).toMatchObject([
    {
      source: "databricks:serving_endpoints",
      address: "serving-endpoints/chat/chat-1",
      name: "chat",
      billing: "provisioned",
      unit: "tokens_per_second",
      size: { minimum: 0, desired: null, maximum: 9500 },
      unknown: [],
      events: [{ endpoint: "chat", by: "endpoint" }],
    },
    { name: "hidden", size: { minimum: null, maximum: null }, events: [] },
  ]);
  expect(JSON.stringify(infrastructure.endpoints[1].unknown)).toContain(
    "CAN VIEW on this endpoint is missing",
  );
  expect(infrastructure.endpoints[0].events[0].events).toBeGreaterThan(800);
});

it("counts an endpoint that Terraform declares once, there, with its calls", async () => {
  const entity = { name: "chat-1", entity_name: "databricks-meta-llama-3-3-70b-instruct" };
  const resource = {
    address: "databricks_model_serving.chat",
    mode: "managed",
    type: "databricks_model_serving",
    name: "chat",
    provider_name: "registry.terraform.io/databricks/databricks",
    schema_version: 0,
    values: { name: "chat", config: [{ served_entities: [entity] }] },
    sensitive_values: {},
  };
  const state = {
    format_version: "1.0",
    terraform_version: "1.9.8",
    values: { root_module: { resources: [resource] } },
  };
  const { infrastructure } = await discovered({}, state);

  expect(infrastructure.endpoints).toMatchObject([
    { source: "state.json", name: "chat", events: [{ endpoint: "chat" }] },
    { source: "databricks:serving_endpoints", name: "hidden" },
  ]);
});

it("ends as without input where the workspace lists endpoints and has no calls to read", async () => {
  const result = await discover({ usage: "none", billing: false });

  expect(result.code).toBe(2);
  expect(parse(await readFile(join(dir, "discovered.yaml"), "utf8")).infrastructure.endpoints).toHaveLength(
    2,
  );
});

it("asks for no endpoint where the settings leave them out", async () => {
  const { infrastructure } = await discovered({ inventory: false });

  expect(infrastructure).toBeUndefined();
  expect(server.log.filter(({ path }) => path.includes("serving-endpoints"))).toEqual([]);
});
