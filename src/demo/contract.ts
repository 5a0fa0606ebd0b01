/**
 * The simulated workload as data: what each intent of the imaginary company looks like. Every name that could be
 * taken for a real model, price or customer says "sim".
 */
export interface IntentProfile {
  readonly intent: string;
  readonly model: string;
  /** Mean requests in an average hour before shape and growth. */
  readonly requestsPerHour: number;
  /** `office` peaks by day, `flat` does not, `night` runs between 01 and 05 UTC. */
  readonly shape: "office" | "flat" | "night";
  /** Tokens shared by all prompts of the intent: its system prompt. */
  readonly systemTokens: number;
  /** Median and log-sd of the part that differs. */
  readonly userTokens: { readonly median: number; readonly logSd: number };
  readonly outputTokens: { readonly median: number; readonly logSd: number };
  /** Distinct questions asked again and again, Zipf-distributed; 0 where no request repeats. */
  readonly questionPool: number;
  /** Chance of the right answer: simulated frontier, mid, small model. */
  readonly accuracy: { readonly frontier: number; readonly mid: number; readonly small: number };
  readonly task: string;
}

export interface SimulatedPrice {
  readonly model: string;
  readonly inputUsdPerMtok: number;
  readonly cachedInputUsdPerMtok: number;
  readonly cacheWriteUsdPerMtok: number;
  readonly outputUsdPerMtok: number;
  readonly capabilityClass: string;
}
