import { formatUsd } from "../../shared/money.js";
import type { MissingKey } from "../executors/live/providers.js";
import type { RunEstimate } from "./estimate.js";

/** What a run without a key tells its user beside the planner's uncertified what-if. */
export interface FirstHour {
  readonly headline: string;
  /** One line a key: which, and for which models. */
  readonly keys: readonly string[];
  /** One line a question: pairs on file, and pairs that certification takes at least. */
  readonly samples: readonly string[];
  /** What certifying would cost, at most and as expected. */
  readonly cost: string;
  readonly next: string;
}

/** Puts missing keys and the estimate of the run that they prevent into words. Figures are estimates and say so. */
export function firstHour(missing: readonly MissingKey[], estimate: RunEstimate): FirstHour {
  const names = missing.map(({ keyEnv }) => keyEnv).join(" and ");
  const { expected, most } = estimate;
  const cost =
    most.cost === null || expected.cost === null
      ? `${estimate.calls} calls; at least one model has no price in the book, so their cost is not known.`
      : `${estimate.calls} calls, about ${formatUsd(expected.cost)} and at most ${formatUsd(most.cost)} at list price (estimated).`;
  return {
    headline: `Uncertified: no key for live calls (${names} not set), so no answer was compared and no saving is proven.`,
    keys: missing.map(({ provider, keyEnv, models }) => `${keyEnv} for ${provider}: ${models.join(", ")}`),
    samples: estimate.questions.map(({ question, margin, pairsOnFile, pairsIfAllTie, isEnough }) => {
      const needed =
        pairsIfAllTie === null
          ? "a margin of 0 cannot be certified by samples"
          : `at least ${pairsIfAllTie} needed for a margin of ${(100 * margin).toFixed(2)} points${isEnough ? "" : ", so too few"}`;
      return `${question}: ${pairsOnFile} samples on file, ${needed}`;
    }),
    cost,
    next: `export ${missing[0]?.keyEnv ?? "OPENAI_API_KEY"}=... and run again; see the cost first with --dry-run`,
  };
}
