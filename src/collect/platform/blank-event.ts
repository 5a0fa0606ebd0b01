import type { CanonicalEvent } from "../../events/contract.js";

/** A call of which nothing is known yet: the twelve columns of every event but its id and time, each null. */
export const BLANK_CALL = {
  intent: null,
  provider: null,
  model: null,
  input_tokens: null,
  output_tokens: null,
  latency_ms: null,
  cost_usd: null,
  endpoint: null,
  region: null,
  tenant: null,
} as const satisfies Partial<CanonicalEvent>;
