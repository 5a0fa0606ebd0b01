import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { temporaryFolder, tokenop } from "./cli.js";
import { writeLines } from "./session.js";

export interface SmallWorkspaceOptions {
  /** Model that answers all events; the other one is the only candidate. */
  readonly model: "sim-large" | "sim-small";
  readonly requests?: number;
  /** Fields that every prompt gets beside its own. */
  readonly promptExtras?: (index: number) => Record<string, unknown>;
  /** Lines of the log beside the events, as text. */
  readonly extraLines?: readonly string[];
  /** Fields that every event gets beside its own. */
  readonly eventExtras?: Record<string, unknown>;
}

const PRICES = [
  { model: "sim-large", input_usd_per_mtok: 10, output_usd_per_mtok: 40 },
  { model: "sim-small", input_usd_per_mtok: 0.5, output_usd_per_mtok: 2 },
].map((price) => ({ provider: "simulated", capability_class: "small", source: "simulated", ...price }));

/** A day of one intent with its prompts: discovered, profiled and planned through the command line. */
export async function smallWorkspace(options: SmallWorkspaceOptions): Promise<string> {
  const dir = await temporaryFolder();
  await writeInputs(dir, options);
  for (const args of [["discover", "--input-dir", join(dir, "input")], ["profile"], ["plan"]]) {
    const result = await tokenop([...args, "--dir", dir, "--quiet"], { cwd: dir });
    if (result.code !== 0) throw new Error(`${args[0]} ended with ${result.code}: ${result.stderr}`);
  }
  return dir;
}

/** The inputs alone, for tests that run the stages themselves. */
export async function writeInputs(dir: string, options: SmallWorkspaceOptions): Promise<void> {
  const { model, requests = 600, promptExtras = () => ({}), extraLines = [], eventExtras = {} } = options;
  const events = Array.from({ length: requests }, (_, index) => ({
    id: `e${index}`,
    ts: new Date(Date.UTC(2026, 9, 1) + index * 120_000).toISOString(),
    intent: "sort-mail",
    provider: "simulated",
    model,
    input_tokens: 800 + (index % 7),
    output_tokens: 90 + (index % 5),
    latency_ms: 700,
    endpoint: "llm.simulated.example",
    region: "sim-1",
    tenant: "sim-tenant",
    status: "ok",
    ...eventExtras,
  }));
  const prompts = events.map((event, index) => ({
    event_id: event.id,
    intent: event.intent,
    provider: event.provider,
    model,
    prompt: `Sort mail ${index}.`,
    reference: `folder ${index}`,
    grader: "exact",
    ...promptExtras(index),
  }));
  await mkdir(join(dir, "input"), { recursive: true });
  const log = [...events.map((event) => JSON.stringify(event)), ...extraLines];
  await writeFile(join(dir, "input", "log.jsonl"), `${log.join("\n")}\n`);
  await writeLines(dir, "prompts.jsonl", prompts);
  await writeFile(join(dir, "prices.yaml"), stringify({ prices: PRICES }));
  await writeFile(join(dir, "policy.yaml"), stringify(policy()));
  await writeFile(join(dir, "simulated-models.yaml"), stringify(simulatedModels()));
}

function policy(): unknown {
  const [, small] = PRICES;
  return {
    apiVersion: "tokenop/v1",
    kind: "Policy",
    quality: { budget: 0.02, alpha: 0.05 },
    candidates: [{ provider: small!.provider, model: small!.model }],
    run: { sample_size: 500 },
  };
}

function simulatedModels(): unknown {
  const models = PRICES.map(({ provider, model }) => ({
    provider,
    model,
    accuracy: 1,
    output_tokens: 90,
    latency_ms: 500,
  }));
  return { apiVersion: "tokenop/v1", kind: "SimulatedModels", models };
}
