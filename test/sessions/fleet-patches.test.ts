import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { applyPatch, parsePatch } from "diff";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { writeLines } from "../support/session.js";

const FLEET = `apiVersion: tokenop/v1
kind: Fleet
fleets:
  - id: support
    provider: vllm
    model: llama-70b
    serving_model: llama-3.1-70b
    engine: vllm
    gpu: l40s
    gpus_per_replica: 4
    precision: fp8
    replicas: 8
    cloud: aws
    region: us-east-1
    instance: g6e.12xlarge
    terraform: { address: aws_autoscaling_group.support, dir: ../infra }
`;

const TERRAFORM = `# Flotte für Support 🚀
resource "aws_autoscaling_group" "support" {
  min_size = 8 # nie weniger
  max_size = 8

  launch_template {
    id = var.template
  }
}
`;

const policy = (attested: readonly string[]): string =>
  `fleet_changes: { attested_levers: [${attested.join(", ")}] }
economics: { hourly_rate_usd: 0 }
allow: { levers: [right-size, spot] }
`;

let dir = "";
const cli = (...args: string[]) => tokenop([...args, "--dir", dir, "--quiet"], { cwd: dir });
const infra = (): string => join(dirname(dir), "infra", "main.tf");

/** Two days of calls that one fleet answers, and the Terraform that declares it. */
beforeAll(async () => {
  dir = join(await temporaryFolder(), "work");
  await mkdir(join(dir, "input"), { recursive: true });
  await mkdir(dirname(infra()));
  await writeFile(infra(), TERRAFORM);
  await writeFile(join(dir, "fleet.yaml"), FLEET);
  const events = Array.from({ length: 2_000 }, (_, index) => ({
    id: `e${index}`,
    ts: new Date(Date.UTC(2026, 9, 1) + index * 90_000).toISOString(),
    ...{ intent: "support", provider: "vllm", model: "llama-70b", input_tokens: 1_500, output_tokens: 300 },
    ...{ latency_ms: 4_000, endpoint: "gpu.example", region: "us-east-1", tenant: "acme", status: "ok" },
  }));
  await writeLines(join(dir, "input"), "events.jsonl", events);
  expect((await cli("discover", "--input-dir", join(dir, "input"))).code).toBe(0);
  expect((await cli("profile")).code).toBe(0);
});

async function plannedWith(attested: readonly string[]): Promise<void> {
  await writeFile(join(dir, "policy.yaml"), policy(attested));
  for (const command of ["plan", "run"]) {
    const { code, stderr } = await cli(command);
    expect(`${command} ${code} ${stderr}`).toMatch(/^(plan|run) 0/);
  }
}

async function reported(...flags: string[]): Promise<Record<string, string>> {
  expect((await cli("report", ...flags)).code).toBe(0);
  const names = await readdir(join(dir, "patches")).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(dir, "patches", name), "utf8")));
  return Object.fromEntries(names.map((name, index) => [name, texts[index]!]));
}

function applied(diff: string): string {
  const [part] = parsePatch(diff.slice(diff.indexOf("\n--- ") + 1));
  expect(part!.newFileName).toBe("b/main.tf");
  return applyPatch(TERRAFORM, part!) as string;
}

describe("patches of a fleet", () => {
  it("change the user's own Terraform for what the policy attests, with as many replicas as the plan pays for", async () => {
    await plannedWith(["right-size", "spot"]);
    const files = await reported();

    expect(Object.keys(files).sort()).toEqual([
      "helm-values-support.yaml",
      "kubernetes-support.yaml",
      "terraform.diff",
    ]);
    const plan = parse(await readFile(join(dir, "certified-plan.yaml"), "utf8"));
    const { replicas } = plan.fleets[0].after;
    const text = applied(files["terraform.diff"]!);
    // A replica fills one of these machines.
    expect(text).toContain(`min_size = ${replicas} # nie weniger`);
    expect(text).toContain("# Flotte für Support 🚀");
    expect(text).toContain("launch_template_id = var.template");
    expect(text).toContain("on_demand_percentage_above_base_capacity = 30");
    expect(await readFile(infra(), "utf8")).toBe(TERRAFORM);

    const [deployment] = parseAllDocuments(files["kubernetes-support.yaml"]!).map((document) =>
      document.toJS(),
    );
    expect(deployment.spec.replicas).toBe(replicas);
  });

  it("say so where the Terraform folder is not there", async () => {
    await writeFile(join(dir, "fleet.yaml"), FLEET.replace("../infra", "../elsewhere"));
    expect((await reported())["terraform.md"]).toContain("is declared in no .tf file of the folder");
    await writeFile(join(dir, "fleet.yaml"), FLEET);
  });

  it("leave out a change whose conditions nobody attests, unless it is asked for", async () => {
    await plannedWith(["right-size"]);
    const files = await reported("--include-uncertified");

    expect(applied(files["terraform.diff"]!)).not.toMatch(/mixed_instances_policy/);
    const uncertified = files["UNCERTIFIED-terraform.diff"]!;
    expect(uncertified).toMatch(
      /^# UNCERTIFIED: .*\n# UNCERTIFIED spot\/support: its conditions are only assumed/,
    );
    expect(applied(uncertified)).toMatch(/mixed_instances_policy/);
    expect(applied(uncertified)).toContain("min_size = 8");
  });
});
