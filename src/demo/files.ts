import { renderYaml } from "../shared/artifact.js";
import { createRandom, type Random } from "../shared/random.js";
import type { IntentProfile } from "./contract.js";
import { type SimulatedEvent, simulateEvents } from "./events.js";
import { FRONTIER, INTENTS, MID, OWN_MODEL, OWN_PROVIDER, PRICES, PROVIDER, SMALL } from "./workload.js";

/** The files of a demo workspace: what a team would bring, here simulated. Paths are relative to the workspace. */
export interface DemoFiles {
  /** JSON lines of a gateway's log, with a few cut lines and repeats as a crashed log shipper leaves them. */
  readonly "input/gateway-log.jsonl": string;
  readonly "prompts.jsonl": string;
  readonly "prices.yaml": string;
  readonly "policy.yaml": string;
  readonly "fleet.yaml": string;
  readonly "simulated-models.yaml": string;
}

/** Prompts with references per intent: enough for a hundred random samples of each. */
const PROMPTS_PER_INTENT = 250;
const REPEATED_LINES = 40;
const CUT_LINES = 12;

export function demoFiles(seed: number): DemoFiles {
  const random = createRandom(seed);
  const events = simulateEvents(random.fork("events"));
  return {
    "input/gateway-log.jsonl": renderLog(events, random.fork("log")),
    "prompts.jsonl": renderLines(simulatePrompts(events, random.fork("prompts"))),
    "prices.yaml": renderYaml(pricesFile()),
    "policy.yaml": renderYaml(policyFile()),
    "fleet.yaml": renderYaml(fleetFile()),
    "simulated-models.yaml": renderYaml(simulatedModelsFile()),
  };
}

function renderLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

function renderLog(events: readonly SimulatedEvent[], random: Random): string {
  const lines = events.map((event) => JSON.stringify(event));
  for (let count = 0; count < REPEATED_LINES; count += 1) {
    lines.push(lines[random.integer(events.length)]!);
  }
  for (let count = 0; count < CUT_LINES; count += 1) {
    const line = lines[random.integer(events.length)]!;
    lines.push(line.slice(0, 40 + random.integer(line.length - 60)));
  }
  return `${lines.join("\n")}\n`;
}

function simulatePrompts(events: readonly SimulatedEvent[], random: Random): unknown[] {
  return INTENTS.flatMap((profile) => {
    const ofIntent = events.filter((event) => event.intent === profile.intent && event.status === "ok");
    return random
      .fork(profile.intent)
      .shuffle(ofIntent)
      .slice(0, PROMPTS_PER_INTENT)
      .map((event, index) => simulatePrompt(profile, event, index));
  });
}

function simulatePrompt(profile: IntentProfile, event: SimulatedEvent, index: number): unknown {
  return {
    event_id: event.id,
    intent: profile.intent,
    provider: profile.model === OWN_MODEL ? OWN_PROVIDER : PROVIDER,
    model: profile.model,
    messages: [
      { role: "system", content: profile.task },
      { role: "user", content: `Simulated request ${index + 1} of ${profile.intent}.` },
    ],
    reference: `${profile.intent} answer ${(index * 7919) % 97}`,
    grader: "exact",
  };
}

function pricesFile(): unknown {
  return {
    prices: PRICES.map((price) => ({
      provider: PROVIDER,
      model: price.model,
      input_usd_per_mtok: price.inputUsdPerMtok,
      cached_input_usd_per_mtok: price.cachedInputUsdPerMtok,
      cache_write_usd_per_mtok: price.cacheWriteUsdPerMtok,
      output_usd_per_mtok: price.outputUsdPerMtok,
      batch_discount: 0.5,
      capability_class: price.capabilityClass,
      max_input_tokens: 200_000,
      prompt_cache: { minimum_tokens: 1024, ttl_seconds: 300 },
      source: "simulated for the demo",
    })),
  };
}

function policyFile(): unknown {
  return {
    apiVersion: "tokenop/v1",
    kind: "Policy",
    quality: {
      budget: 0.01,
      alpha: 0.05,
      protected_intents: [
        { intent: "code-assist", margin: 0 },
        { intent: "faq-answer", margin: 0 },
      ],
    },
    latency: { batch_tolerant_intents: ["nightly-digest"] },
    exact_cache: { attested_intents: ["faq-answer", "report-draft"], maximum_ttl_seconds: 86_400 },
    // The GPUs are rented under a contract: their type and place are not up for change.
    deny: { levers: ["gpu-type", "region"] },
    candidates: [
      { provider: PROVIDER, model: SMALL },
      { provider: PROVIDER, model: MID },
    ],
    run: { budget_usd: 5, sample_size: PROMPTS_PER_INTENT },
  };
}

/** Four replicas around the clock, as somebody once set them up. */
function fleetFile(): unknown {
  return {
    apiVersion: "tokenop/v1",
    kind: "Fleet",
    fleets: [
      {
        id: "report-gpus",
        provider: OWN_PROVIDER,
        model: OWN_MODEL,
        serving_model: "qwen2.5-32b",
        engine: "vllm",
        gpu: "l40s",
        gpus_per_replica: 2,
        precision: "bf16",
        prefix_caching: false,
        replicas: 4,
        cloud: "sim-cloud",
        region: "sim-eu-1",
        instance: "sim-2x-l40s",
        usd_per_gpu_hour: { on_demand: 1.4, spot: 0.79, reserved: [{ term_months: 12, usd: 0.95 }] },
        targets: { ttft_ms: 5000, tpot_ms: 57 },
      },
    ],
  };
}

function simulatedModelsFile(): unknown {
  const models = [
    { model: FRONTIER, tier: "frontier", outputTokens: 260, latencyMs: 2400 },
    { model: MID, tier: "mid", outputTokens: 250, latencyMs: 1500 },
    { model: SMALL, tier: "small", outputTokens: 240, latencyMs: 700 },
  ] as const;
  return {
    apiVersion: "tokenop/v1",
    kind: "SimulatedModels",
    models: models.map(({ model, tier, outputTokens, latencyMs }) => ({
      provider: PROVIDER,
      model,
      accuracy: 0.9,
      accuracy_by_cluster: INTENTS.map((profile) => ({
        cluster: profile.intent,
        accuracy: profile.accuracy[tier],
      })),
      output_tokens: outputTokens,
      latency_ms: latencyMs,
    })),
  };
}
