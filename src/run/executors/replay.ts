import { type PicoUsd, parseUsd } from "../../shared/money.js";
import { EMPTY_ANSWER, type Executor, type ModelAnswer, type ModelCall } from "../contract.js";
import type { Recording, Recordings } from "../inputs/recordings.js";
import type { Pricer } from "./pricer.js";

/**
 * Answers from recordings. Nothing is sent and nothing is paid: `cost` is the recorded cost, else the list price of
 * the recorded tokens (where a pricer is given), else unknown. A call that was not recorded has no text and no score.
 */
export function createReplayExecutor(recordings: Recordings, pricer: Pricer | null): Executor {
  return {
    mode: "replay",
    hosts: [],
    worstCase: () => ({ tokens: 0, cost: 0n }),
    execute: async (call) => {
      const recording = recordings.find(call.sampleId, call);
      return recording === undefined
        ? { ...EMPTY_ANSWER, failure: "not recorded" }
        : answerOf(recording, call, pricer);
    },
  };
}

function answerOf(recording: Recording, call: ModelCall, pricer: Pricer | null): ModelAnswer {
  return {
    ...EMPTY_ANSWER,
    text: recording.response ?? null,
    score: recording.score ?? null,
    inputTokens: recording.input_tokens ?? null,
    outputTokens: recording.output_tokens ?? null,
    latencyMs: recording.latency_ms ?? null,
    cost: recordedCost(recording, call, pricer),
    failure: null,
  };
}

/** As recorded, else the list price of the recorded tokens; null: unknown. `provider` where the recording names none. */
export function recordedCost(
  recording: Recording,
  { provider }: Pick<ModelCall, "provider">,
  pricer: Pricer | null,
): PicoUsd | null {
  // JSON numbers are doubles; twelve decimals are the finest amount that is kept.
  if (typeof recording.cost_usd === "number") return parseUsd(recording.cost_usd.toFixed(12));
  const { input_tokens: inputTokens, output_tokens: outputTokens } = recording;
  if (pricer === null || typeof inputTokens !== "number" || typeof outputTokens !== "number") return null;
  const none = { cachedInputTokens: 0, cacheWriteTokens: 0, cacheWrite1hTokens: 0, reasoningTokens: 0 };
  return pricer.price(
    { provider: recording.provider ?? provider, model: recording.model },
    { inputTokens, outputTokens, ...none },
  );
}
