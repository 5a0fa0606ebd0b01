// Reads real plans and states, and a large configuration, as `discover` does:
//
//     node bench/terraform.mjs
//
// Infracost's examples (Apache-2.0) hold no GPU: what counts is that every managed resource is seen and none is taken
// for something that serves models. The configuration is generated: 5,000 resources in one file, of which every tenth
// has a GPU; time and peak memory are printed beside the text's size. What is not there is skipped by name; a count that
// does not hold ends with exit code 1.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { terraformCollector } from "../dist/collect/terraform/index.js";
import { describeInfrastructure, loadHardwareBook } from "../dist/serving/index.js";

const DATA = fileURLToPath(new URL("../../shared/data/terraform/infracost", import.meta.url));
const RESOURCES = 5_000;

const log = { debug() {}, info() {}, warn() {}, progress() {} };
const context = {
  now: () => new Date(0),
  env: {},
  homeDir: "/",
  signal: new AbortController().signal,
  log,
  version: "0",
};
const hardware = await loadHardwareBook();
let broken = 0;

async function inventoryOf(input) {
  const options = { inputs: [input], mapping: { map: {}, set: {} }, since: null, workspaceDir: "" };
  const inventory = await terraformCollector.inventory(options, context);
  return { inventory, infrastructure: describeInfrastructure([inventory], [], hardware) };
}

/** Managed resources of a document, counted without any of the collector's code. */
function managedIn(document) {
  const root = (document.planned_values ?? document.values)?.root_module;
  const count = (module) =>
    (module.resources ?? []).filter(({ mode }) => mode === "managed").length +
    (module.child_modules ?? []).reduce((sum, child) => sum + count(child), 0);
  const leaving = (document.resource_changes ?? []).filter(
    ({ mode, change }) => mode === "managed" && change.actions.join() === "delete",
  );
  return (root === undefined ? 0 : count(root)) + leaving.length;
}

function expectEqual(what, found, expected) {
  const holds = found === expected;
  if (!holds) broken += 1;
  console.log(`  ${holds ? "ok  " : "FAIL"} ${what}: ${found}${holds ? "" : `, expected ${expected}`}`);
}

if (existsSync(DATA)) {
  for (const name of readdirSync(DATA).filter((file) => file.endsWith(".json"))) {
    const path = join(DATA, name);
    console.log(`infracost/${name}`);
    const { inventory, infrastructure } = await inventoryOf(path);
    const { pools, endpoints, servers, undecided } = infrastructure;
    expectEqual(
      "managed resources seen",
      inventory.sources[0].resources,
      managedIn(JSON.parse(readFileSync(path, "utf8"))),
    );
    expectEqual("taken for serving models", pools.length + endpoints.length + servers.length, 0);
    expectEqual("machines whose type is not known", undecided.length, 0);
  }
} else console.log(`skipped: ${DATA} is not there`);

const folder = mkdtempSync(join(tmpdir(), "terraform-bench-"));
const block = (index) => `resource "aws_instance" "m${index}" {
  ami                  = data.aws_ami.base.id
  instance_type        = ${index % 10 === 0 ? "var.gpu" : '"m6i.large"'}
  subnet_id            = aws_subnet.a[${index % 3}].id
  vpc_security_group_ids = [aws_security_group.a.id, aws_security_group.b.id]
  tags = merge(local.tags, { Name = "m-\${${index}}", team = "t${index % 7}" })

  root_block_device {
    volume_size = 100
    volume_type = "gp3"
  }
}
`;
const text = `variable "gpu" {\n  default = "g5.xlarge"\n}\nprovider "aws" {\n  region = "us-east-1"\n}\nlocals {\n  tags = { environment = "prod" }\n}\n${Array.from({ length: RESOURCES }, (_, index) => block(index)).join("")}`;
writeFileSync(join(folder, "main.tf"), text);
const started = performance.now();
const { infrastructure } = await inventoryOf(folder);
const seconds = (performance.now() - started) / 1000;
rmSync(folder, { recursive: true });
console.log(`configuration of ${RESOURCES} resources in one file, ${(text.length / 1e6).toFixed(1)} MB`);
expectEqual("GPU pools", infrastructure.pools.length, RESOURCES / 10);
const mebibytes = process.resourceUsage().maxRSS / 1024;
console.log(`  ${seconds.toFixed(1)} s, peak memory ${mebibytes.toFixed(0)} MiB`);
process.exitCode = broken === 0 ? 0 : 1;
