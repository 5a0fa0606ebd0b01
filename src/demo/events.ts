import { sha256 } from "../shared/artifact.js";
import type { Random } from "../shared/random.js";
import type { IntentProfile } from "./contract.js";
import {
  BILLED_FACTOR,
  BLOCK_TOKENS,
  DAILY_GROWTH,
  DAYS,
  ENDPOINT,
  FIRST_INSTANT,
  INTENTS,
  OWN_ENDPOINT,
  OWN_MODEL,
  OWN_PROVIDER,
  PRICES,
  PROVIDER,
  REGIONS,
  TENANTS,
} from "./workload.js";

const HOUR_MS = 3_600_000;
/** Relative load by hour of day, UTC; mean 1 over the day. */
const OFFICE_SHAPE = [
  0.2, 0.15, 0.12, 0.12, 0.15, 0.25, 0.5, 0.95, 1.6, 2.1, 2.3, 2.2, 1.7, 1.9, 2.2, 2.2, 1.9, 1.4, 0.9, 0.6,
  0.45, 0.4, 0.35, 0.3,
];
const NIGHT_SHAPE = OFFICE_SHAPE.map((_, hour) => (hour >= 1 && hour < 5 ? 6 : 0));

/** One simulated call, in the canonical event's own columns. */
export type SimulatedEvent = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Every simulated event in time order; equal seeds give equal events. */
export function simulateEvents(random: Random): SimulatedEvent[] {
  const hours = Array.from({ length: DAYS * 24 }, (_, hour) => hour);
  return INTENTS.flatMap((profile) => {
    const stream = random.fork(profile.intent);
    return hours.flatMap((hour) => simulateHour(profile, hour, stream));
  }).sort(
    (a, b) =>
      (a.ts as string).localeCompare(b.ts as string) || (a.id as string).localeCompare(b.id as string),
  );
}

function simulateHour(profile: IntentProfile, hour: number, random: Random): SimulatedEvent[] {
  const day = Math.floor(hour / 24);
  // 1 October 2026 is a Thursday; weekends carry a third of the load.
  const weekend = (day + 3) % 7 >= 5 ? 0.33 : 1;
  const load = profile.requestsPerHour * shapeOf(profile, hour % 24) * DAILY_GROWTH ** day * weekend;
  const requests = poisson(load, random);
  return Array.from({ length: requests }, (_, ordinal) => simulateCall(profile, hour, ordinal, random));
}

function shapeOf(profile: IntentProfile, hourOfDay: number): number {
  if (profile.shape === "flat") return 1;
  return (profile.shape === "night" ? NIGHT_SHAPE : OFFICE_SHAPE)[hourOfDay]!;
}

function simulateCall(profile: IntentProfile, hour: number, ordinal: number, random: Random): SimulatedEvent {
  const question = profile.questionPool > 0 ? zipf(profile.questionPool, random) : null;
  const tenant = zipf(TENANTS, random);
  // A repeated question is the same request, so its length must not vary.
  const lengths = question === null ? random : random.fork(`question/${question}`);
  const userTokens = lognormal(profile.userTokens, lengths);
  const inputTokens = profile.systemTokens + userTokens;
  const outputTokens = lognormal(profile.outputTokens, lengths);
  const failed = random.next() < 0.004;
  const own = profile.model === OWN_MODEL;
  const id = `sim-${profile.intent}-${hour}-${ordinal}`;
  const firstTokenMs = 120 + inputTokens * 0.02 + random.next() * 80;
  return {
    id,
    ts: new Date(FIRST_INSTANT + hour * HOUR_MS + Math.floor(random.next() * HOUR_MS)).toISOString(),
    intent: profile.intent,
    provider: own ? OWN_PROVIDER : PROVIDER,
    model: profile.model,
    input_tokens: inputTokens,
    output_tokens: failed ? 0 : outputTokens,
    latency_ms: Math.round(firstTokenMs + outputTokens * 9 * (0.8 + random.next() * 0.4)),
    // GPUs are paid by the hour: no call of theirs has a cost of its own.
    cost_usd: own ? null : billedCost(profile.model, inputTokens, failed ? 0 : outputTokens),
    endpoint: own ? OWN_ENDPOINT : ENDPOINT,
    region: REGIONS[tenant % REGIONS.length]!,
    tenant: `sim-tenant-${String(tenant + 1).padStart(2, "0")}`,
    ttft_ms: Math.round(firstTokenMs),
    status: failed ? "error" : "ok",
    prompt_hash: hashOf(question === null ? id : `${profile.intent}/${question}`),
    prefix_hashes: prefixHashes(profile, question === null ? id : `${question}`, inputTokens),
    prefix_block_tokens: BLOCK_TOKENS,
    ...(own ? {} : { cost_basis: "billed" }),
  };
}

/** Chained hashes of whole blocks: the system prompt's blocks are shared, the rest belongs to the request. */
function prefixHashes(profile: IntentProfile, request: string, inputTokens: number): string[] {
  const shared = Math.floor(profile.systemTokens / BLOCK_TOKENS);
  const whole = Math.floor(inputTokens / BLOCK_TOKENS);
  return Array.from({ length: whole }, (_, block) =>
    hashOf(block < shared ? `${profile.intent}#${block}` : `${profile.intent}/${request}#${block}`),
  );
}

function billedCost(model: string, inputTokens: number, outputTokens: number): number {
  const price = PRICES.find((row) => row.model === model)!;
  const list = (inputTokens * price.inputUsdPerMtok + outputTokens * price.outputUsdPerMtok) / 1e6;
  return Number((list * BILLED_FACTOR).toFixed(9));
}

const hashOf = (text: string): string => sha256(text).slice(0, 16);

function lognormal(shape: { readonly median: number; readonly logSd: number }, random: Random): number {
  return Math.max(1, Math.round(shape.median * Math.exp(shape.logSd * random.normal())));
}

/** Rank drawn with probability proportional to 1/(rank + 1), by inverting the harmonic sum approximately. */
function zipf(size: number, random: Random): number {
  return Math.min(size - 1, Math.floor((size + 1) ** random.next()) - 1);
}

/** Knuth's method below 30, a rounded normal above, which is close enough for a load curve. */
function poisson(mean: number, random: Random): number {
  if (mean <= 0) return 0;
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const limit = Math.exp(-mean);
  let product = random.next();
  let count = 0;
  while (product > limit) {
    product *= random.next();
    count += 1;
  }
  return count;
}
