import type { IntentProfile, SimulatedPrice } from "./contract.js";

export const PROVIDER = "simulated";
export const ENDPOINT = "llm.simulated.example";
export const FIRST_INSTANT = Date.UTC(2026, 9, 1);
export const DAYS = 30;
/** Tokens per hashed prompt block. */
export const BLOCK_TOKENS = 256;
/** Negotiated discount of the imaginary contract: billed over list. */
export const BILLED_FACTOR = 0.95;
/** Requests grow by this factor a day. */
export const DAILY_GROWTH = 1.006;
export const TENANTS = 12;
export const REGIONS = ["sim-eu-1", "sim-us-1"] as const;

export const FRONTIER = "sim-frontier-1";
export const MID = "sim-mid-1";
export const SMALL = "sim-small-1";

/** What the imaginary company serves itself: an open-weight model on GPUs that it rents around the clock. */
export const OWN_PROVIDER = "sim-gpu-fleet";
export const OWN_MODEL = "sim-open-32b";
export const OWN_ENDPOINT = "gpu.simulated.example";

export const PRICES: readonly SimulatedPrice[] = [
  {
    model: FRONTIER,
    inputUsdPerMtok: 6,
    cachedInputUsdPerMtok: 0.6,
    cacheWriteUsdPerMtok: 7.5,
    outputUsdPerMtok: 30,
    capabilityClass: "frontier",
  },
  {
    model: MID,
    inputUsdPerMtok: 2,
    cachedInputUsdPerMtok: 0.2,
    cacheWriteUsdPerMtok: 2.5,
    outputUsdPerMtok: 10,
    capabilityClass: "mid",
  },
  {
    model: SMALL,
    inputUsdPerMtok: 0.4,
    cachedInputUsdPerMtok: 0.04,
    cacheWriteUsdPerMtok: 0.5,
    outputUsdPerMtok: 1.6,
    capabilityClass: "small",
  },
];

/**
 * Chosen so that one run shows every outcome: a swap that a hundred samples can certify, one that they cannot
 * decide, one that harms quality and is rejected, a cache and a batch tier that hold by construction.
 */
export const INTENTS: readonly IntentProfile[] = [
  {
    intent: "faq-answer",
    model: FRONTIER,
    requestsPerHour: 80,
    shape: "office",
    systemTokens: 512,
    userTokens: { median: 180, logSd: 0.4 },
    outputTokens: { median: 220, logSd: 0.5 },
    questionPool: 900,
    accuracy: { frontier: 0.99, mid: 0.97, small: 0.88 },
    task: "Answer the customer's question from the handbook.",
  },
  {
    intent: "ticket-triage",
    model: FRONTIER,
    requestsPerHour: 34,
    shape: "office",
    systemTokens: 256,
    userTokens: { median: 1500, logSd: 0.5 },
    outputTokens: { median: 24, logSd: 0.3 },
    questionPool: 0,
    accuracy: { frontier: 1, mid: 1, small: 1 },
    task: "Name the queue of this ticket.",
  },
  {
    intent: "invoice-fields",
    model: FRONTIER,
    requestsPerHour: 26,
    shape: "office",
    systemTokens: 256,
    userTokens: { median: 900, logSd: 0.4 },
    outputTokens: { median: 160, logSd: 0.3 },
    questionPool: 0,
    accuracy: { frontier: 0.985, mid: 0.975, small: 0.975 },
    task: "Read the total of this invoice.",
  },
  {
    intent: "contract-review",
    model: FRONTIER,
    requestsPerHour: 16,
    shape: "office",
    systemTokens: 3072,
    userTokens: { median: 5200, logSd: 0.5 },
    outputTokens: { median: 900, logSd: 0.4 },
    questionPool: 0,
    accuracy: { frontier: 0.93, mid: 0.82, small: 0.6 },
    task: "Say which clause limits liability.",
  },
  {
    intent: "code-assist",
    model: FRONTIER,
    requestsPerHour: 30,
    shape: "office",
    systemTokens: 4096,
    userTokens: { median: 1400, logSd: 0.7 },
    outputTokens: { median: 420, logSd: 0.7 },
    questionPool: 0,
    accuracy: { frontier: 0.9, mid: 0.84, small: 0.66 },
    task: "Complete this function.",
  },
  {
    intent: "nightly-digest",
    model: MID,
    requestsPerHour: 46,
    shape: "night",
    systemTokens: 512,
    userTokens: { median: 3600, logSd: 0.5 },
    outputTokens: { median: 700, logSd: 0.4 },
    questionPool: 0,
    accuracy: { frontier: 0.97, mid: 0.96, small: 0.9 },
    task: "Digest the day's reports.",
  },
  {
    intent: "search-rewrite",
    model: SMALL,
    requestsPerHour: 60,
    shape: "flat",
    systemTokens: 128,
    userTokens: { median: 60, logSd: 0.4 },
    outputTokens: { median: 28, logSd: 0.3 },
    questionPool: 0,
    accuracy: { frontier: 0.98, mid: 0.97, small: 0.95 },
    task: "Rewrite this search query.",
  },
  {
    intent: "report-draft",
    model: OWN_MODEL,
    requestsPerHour: 24,
    shape: "office",
    systemTokens: 1024,
    userTokens: { median: 900, logSd: 0.4 },
    outputTokens: { median: 1400, logSd: 0.3 },
    questionPool: 1200,
    accuracy: { frontier: 0.97, mid: 0.95, small: 0.9 },
    task: "Draft the report that was asked for.",
  },
];
