import { formatUsd, type PicoUsd } from "../../shared/money.js";
import { toMonth } from "../cost.js";
import { compareCausally, type PlanBody } from "../joint.js";
import type { Candidate } from "../search/candidates.js";
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
  "exact-cache+semantic-cache": { overlap: "exact repeats are alike too, and are served once" },
  "gpu-type+spot": { overlap: "spot takes its share off the cheaper GPU's smaller price" },
  "autoscaling+spot": { overlap: "spot takes its share off fewer GPU-hours" },
  "right-size+spot": { overlap: "spot takes its share off fewer GPU-hours" },
};

/** Changes of demand, tokens or model that meet a change of how many GPUs a fleet runs. */
const SIZING = new Set(["right-size", "autoscaling"]);
const SERVING = "less work for each replica counts only once the number of replicas follows the need";
const DEMAND =
  "requests that no longer reach the fleet save GPUs only once the number of replicas follows the need";

const LINES = 3;

/** The sign of the synergy in words, with the pairs of levers that cause it, largest first. */
export function explainSynergy(
  synergy: PicoUsd,
  actions: number,
  pairs: readonly PairSynergy[],
  fleets: PlanBody["fleets"],
  hours: number,
): string {
  if (actions === 0) return "No change is made, so nothing overlaps.";
  if (actions === 1) return "One change: nothing overlaps.";
  const byLevers = new Map<string, { amount: PicoUsd; reason: string | undefined }>();
  for (const { first, second, amount } of pairs) {
    const [earlier, later] = [first, second].sort(compareCausally);
    const key = `${earlier!.lever.id}+${later!.lever.id}`;
    const known = byLevers.get(key);
    const sum = (known?.amount ?? 0n) + amount;
    byLevers.set(key, { amount: sum, reason: reasonFor(earlier!, later!, sum) });
  }
  const lines = [...byLevers]
    .filter(([, { amount }]) => amount !== 0n)
    .sort(([, a], [, b]) => Number(absolute(b.amount) - absolute(a.amount)))
    .slice(0, LINES)
    .map(([key, { amount, reason }]) => {
      const [first, second] = key.split("+");
      const verb = amount < 0n ? "overlap" : "reinforce each other";
      const size = formatUsd(toMonth(absolute(amount), hours));
      return `${first} and ${second} ${verb} by ${size} a month${reason === undefined ? "" : `: ${reason}`}`;
    });
  const inPairs = [...byLevers.values()].reduce((total, { amount }) => total + amount, 0n);
  const beyond = synergy - toMonth(inPairs, hours);
  if (synergy === 0n && lines.length === 0) {
    return "The changes act on different requests, so their savings add up exactly.";
  }
  const sum =
    synergy === 0n
      ? "Together the changes save what they save alone"
      : `Together the changes save ${formatUsd(absolute(synergy))} a month ${
          synergy < 0n ? "less" : "more"
        } than the sum of each alone`;
  return `${[sum, ...lines, ...beyondPairs(beyond, synergy), ...fleets.flatMap(replicaLine)].join("; ")}.`;
}

/** What only arises where three or more changes meet; a hundredth of the synergy is not worth a line. */
function beyondPairs(amount: PicoUsd, synergy: PicoUsd): string[] {
  if (absolute(amount) * 100n <= absolute(synergy)) return [];
  const effect =
    amount > 0n
      ? "more, for example a threshold that none of them reaches alone"
      : "less, since they share what they save";
  return [`where three or more of them meet they save ${formatUsd(absolute(amount))} a month ${effect}`];
}

function reasonFor(earlier: Candidate, later: Candidate, amount: PicoUsd): string | undefined {
  const known = REASONS[`${earlier.lever.id}+${later.lever.id}`];
  if (amount < 0n) return known?.overlap;
  if (known?.reinforce !== undefined) return known.reinforce;
  if (!SIZING.has(later.lever.id) && !SIZING.has(earlier.lever.id)) return undefined;
  return earlier.proposal.cluster === null ? SERVING : DEMAND;
}

/** "fewer tokens drop one GPU", in figures. */
function replicaLine({ id, before, after }: PlanBody["fleets"][number]): string[] {
  if (before === null || after === null || before.replicas === after.replicas) return [];
  const [was, is] = [before, after].map(({ replicas, gpusPerReplica }) => replicas * gpusPerReplica);
  return [`fleet ${id} goes from ${was} to ${is} GPUs in its busiest minute`];
}

function absolute(amount: PicoUsd): PicoUsd {
  return amount < 0n ? -amount : amount;
}
