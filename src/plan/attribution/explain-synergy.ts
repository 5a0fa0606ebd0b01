import { formatUsd, type PicoUsd } from "../../shared/money.js";
import { toMonth } from "../cost.js";
import { compareCausally } from "../joint.js";
import type { PairSynergy } from "./attribute.js";

/** Why two levers overlap or reinforce each other; the pair in causal order. */
const REASONS: Readonly<Record<string, { overlap: string; reinforce?: string }>> = {
  "exact-cache+route": { overlap: "requests served from the cache are no longer routed" },
  "exact-cache+batch-api": { overlap: "requests served from the cache are no longer batched" },
  "exact-cache+prompt-caching": {
    overlap: "requests served from the exact cache no longer read the prompt cache",
  },
  "route+batch-api": {
    overlap: "the batch price takes its share off the cheaper model's smaller bill",
    reinforce: "the cheaper model has a batch price that the baseline lacks",
  },
  "route+prompt-caching": {
    overlap: "a cached token saves less at the cheaper model's rates",
    reinforce: "the cheaper model's prompt cache saves where the baseline's does not",
  },
  "batch-api+prompt-caching": { overlap: "batched requests read no prompt cache" },
};

const LINES = 3;

/** The sign of the synergy in words, with the pairs of levers that cause it, largest first. */
export function explainSynergy(
  synergy: PicoUsd,
  actions: number,
  pairs: readonly PairSynergy[],
  hours: number,
): string {
  if (actions === 0) return "No change is made, so nothing overlaps.";
  if (actions === 1) return "One change: nothing overlaps.";
  const byLevers = new Map<string, PicoUsd>();
  for (const { first, second, amount } of pairs) {
    const key = [first, second]
      .sort(compareCausally)
      .map(({ lever }) => lever.id)
      .join("+");
    byLevers.set(key, (byLevers.get(key) ?? 0n) + amount);
  }
  const lines = [...byLevers]
    .filter(([, amount]) => amount !== 0n)
    .sort(([, a], [, b]) => Number(absolute(b) - absolute(a)))
    .slice(0, LINES)
    .map(([key, amount]) => {
      const [first, second] = key.split("+");
      const verb = amount < 0n ? "overlap" : "reinforce each other";
      const known = REASONS[key];
      const reason = amount < 0n ? known?.overlap : known?.reinforce;
      const size = formatUsd(toMonth(absolute(amount), hours));
      return `${first} and ${second} ${verb} by ${size} a month${reason === undefined ? "" : `: ${reason}`}`;
    });
  if (synergy === 0n && lines.length === 0) {
    return "The changes act on different requests, so their savings add up exactly.";
  }
  const sum =
    synergy === 0n
      ? "Together the changes save what they save alone"
      : `Together the changes save ${formatUsd(absolute(synergy))} a month ${
          synergy < 0n ? "less" : "more"
        } than the sum of each alone`;
  return `${[sum, ...lines].join("; ")}.`;
}

function absolute(amount: PicoUsd): PicoUsd {
  return amount < 0n ? -amount : amount;
}
