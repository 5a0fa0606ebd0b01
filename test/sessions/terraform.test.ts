import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { allText, asJsonl, layOut, logged } from "../support/logs.js";
import { schemaProblems } from "../support/session.js";

const FIXTURES = join(import.meta.dirname, "../../src/collect/terraform/fixtures");

const textOf = (folder: string, name: string): Promise<string> => readFile(join(folder, name), "utf8");

it("without a flag finds Terraform beside an export, joins requests to servers, and proposes a fleet that plan takes", async () => {
  const requests = Array.from({ length: 3 }, (_, index) => ({
    ...logged(`r${index}`),
    provider: "vllm",
    model: "llama-70b",
    endpoint: "llm.shop.example",
  }));
  const cwd = await layOut(await temporaryFolder(), { "calls.jsonl": asJsonl(requests) });
  await cp(join(FIXTURES, "kubernetes-state.json"), join(cwd, "infra/state.json"), { recursive: true });
  const run = (...args: readonly string[]) => tokenop(args, { cwd, env: { HOME: cwd } });

  const discovered = await run("discover", "--json");
  expect(discovered.code, discovered.stderr).toBe(0);
  expect(discovered.json()).toMatchObject({
    valid: 3,
    infrastructure: { pools: 2, endpoints: 0, servers: 5 },
  });
  expect(await schemaProblems("discover", discovered.json())).toEqual([]);
  const found = await textOf(cwd, "discovered.yaml");
  expect(found).toMatch(
    /events:\n\s+- provider: vllm\n\s+model: llama-70b\n\s+endpoint: llm\.shop\.example\n\s+events: 3\n/,
  );
  const written = [
    found,
    await textOf(cwd, "fleet.discovered.yaml"),
    discovered.stdout,
    discovered.stderr,
  ].join("\n");
  expect(written).not.toMatch(/canary/i);

  // The proposal as it stands has gaps, and is refused by name; with one server's gaps filled in it is a fleet.
  const proposal = await textOf(cwd, "fleet.discovered.yaml");
  await writeFile(join(cwd, "fleet.yaml"), proposal);
  expect((await run("profile")).stderr).toContain("TOP-HARDWARE-FILE");
  const [head, first] = proposal.split(/^ {2}# (?=kubernetes)/m);
  const place = "    gpu: l40s\n    cloud: aws\n    region: us-east-1\n    instance: g6e.12xlarge\n";
  await writeFile(join(cwd, "fleet.yaml"), `${head}  # ${first}${place}`);
  const profiled = await run("profile", "--json");
  expect(profiled.code, profiled.stderr).toBe(0);
  const planned = await run("plan", "--json");
  expect(planned.code, planned.stderr).toBe(0);
  expect(await textOf(cwd, "plan.yaml")).toContain("g6e.12xlarge");
});

it("needs no requests: what runs is found and priced, and fleet.yaml is left alone", async () => {
  const cwd = await layOut(await temporaryFolder(), { "fleet.yaml": "mine\n" });
  await cp(join(FIXTURES, "configuration"), join(cwd, "infra"), { recursive: true });
  const { code, stdout, stderr } = await tokenop(["discover"], { cwd, env: { HOME: cwd } });

  expect(code, stderr).toBe(0);
  expect(stdout).toContain("Infrastructure in 1 source: 5 GPU pools, 0 managed endpoints, 2 model servers.");
  expect(stdout).toMatch(
    /aws_autoscaling_group\.vllm +g5\.12xlarge \(4 x a10g\) +3 \(2-6\) +USD 6\.24 \(assumed\) +configured/,
  );
  expect(stderr).toContain('infra/main.tf:71: module "vpc" comes from elsewhere');
  expect(stderr).not.toContain("not a known format");
  expect(await textOf(cwd, "fleet.yaml")).toBe("mine\n");
  const outputs = await allText(cwd);
  expect(outputs.replaceAll(await textOf(cwd, "infra/main.tf"), "")).toContain("fill in provider");
  for (const name of ["discovered.yaml", "fleet.discovered.yaml"])
    expect(await textOf(cwd, name)).not.toMatch(/canary/);
});

it("lists the files and the resource types before anything is read", async () => {
  const cwd = await temporaryFolder();
  await cp(join(FIXTURES, "configuration"), join(cwd, "infra"), { recursive: true });
  const { code, stdout } = await tokenop(["discover", "--explain"], { cwd, env: { HOME: cwd } });

  expect(code).toBe(0);
  expect(stdout).toContain(`read ${join(cwd, "infra/main.tf")} (configuration,`);
  expect(stdout).toMatch(/look only at these resource types: .*kubernetes_deployment_v1/);
});
