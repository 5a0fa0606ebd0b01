import type { Books } from "../../levers/index.js";
import type { Workload } from "../../profile/contract.js";
import type { PicoUsd } from "../../shared/money.js";
import type { Random } from "../../shared/random.js";
import { costOf } from "../cost.js";
import { applyJointly } from "../joint.js";
import type { Candidate } from "../search/candidates.js";
import { componentsOf } from "./components.js";
import { shapley } from "./shapley.js";

/** Joint effect of two changes beyond their stand-alone savings, over the observed span. */
export interface PairSynergy {
  readonly first: Candidate;
  readonly second: Candidate;
  readonly amount: PicoUsd;
}

export interface Attribution {
  /** Each change's share of the joint saving over the observed span; sums to it exactly. */
  readonly shares: ReadonlyMap<Candidate, PicoUsd>;
  /** What the joint saving would lose without the change. */
  readonly marginals: ReadonlyMap<Candidate, PicoUsd>;
  readonly pairs: readonly PairSynergy[];
  /** Changes in an order in which each state is feasible and each step saves as much as it can; structural ones first among those that save. */
  readonly order: readonly Candidate[];
}

/**
 * Splits the joint saving over the chosen changes. Changes interact only within a cluster, and across clusters through
 * a fleet that both use; the game is the sum of one game for each such group, and the Shapley value of a sum is the
 * sum of Shapley values: each group is split on its own, exactly up to ten changes in it.
 */
export function attribute(
  workload: Workload,
  chosen: readonly Candidate[],
  books: Books,
  random: Random,
  isFeasible: (changes: readonly Candidate[]) => boolean = () => true,
): Attribution {
  const shares = new Map<Candidate, PicoUsd>();
  const marginals = new Map<Candidate, PicoUsd>();
  const pairs: PairSynergy[] = [];
  const games = componentsOf(workload, chosen, books).map(({ name, players, part }): Game => {
    const value = savingGame(part, players, books);
    const all = players.map((_, index) => index);
    const split = shapley(players.length, value, random.fork(name));
    players.forEach((player, index) => {
      shares.set(player, split[index]!);
      marginals.set(player, value(all) - value(all.filter((other) => other !== index)));
      for (const other of all.slice(index + 1)) {
        const amount = value([index, other]) - value([index]) - value([other]);
        if (amount !== 0n) pairs.push({ first: player, second: players[other]!, amount });
      }
    });
    return { players, value };
  });
  return { shares, marginals, pairs, order: orderSteps(games, isFeasible) };
}

interface Game {
  readonly players: readonly Candidate[];
  readonly value: (subset: readonly number[]) => PicoUsd;
}

function savingGame(part: Workload, players: readonly Candidate[], books: Books): Game["value"] {
  const before = costOf(part, books).amount;
  const memo = new Map<string, PicoUsd>();
  return (subset) => {
    const key = subset.join();
    const known = memo.get(key);
    if (known !== undefined) return known;
    const changes = subset.map((index) => players[index]!);
    const saving = before - costOf(applyJointly(part, changes, books), books).amount;
    memo.set(key, saving);
    return saving;
  };
}

/**
 * Greedy: every intermediate state is feasible where some order makes it so, no step costs money while another saves
 * it, and what needs no test comes before what does.
 */
function orderSteps(
  games: readonly Game[],
  isFeasible: (changes: readonly Candidate[]) => boolean,
): Candidate[] {
  const done = games.map((): number[] => []);
  const order: Candidate[] = [];
  const total = games.reduce((sum, game) => sum + game.players.length, 0);
  while (order.length < total) {
    const steps = games.flatMap(({ players, value }, game) =>
      players.flatMap((candidate, index) => {
        if (done[game]!.includes(index)) return [];
        const next = [...done[game]!, index].sort((a, b) => a - b);
        const gain = value(next) - value(done[game]!);
        const rank = gain < 0n ? 3 : gain === 0n ? 2 : candidate.question === null ? 0 : 1;
        return [{ candidate, game, next, gain, rank }];
      }),
    );
    steps.sort((a, b) => {
      if (a.rank !== b.rank) return a.rank - b.rank;
      if (a.gain !== b.gain) return a.gain > b.gain ? -1 : 1;
      return a.candidate.id < b.candidate.id ? -1 : 1;
    });
    const step = steps.find(({ candidate }) => isFeasible([...order, candidate])) ?? steps[0]!;
    done[step.game] = step.next;
    order.push(step.candidate);
  }
  return order;
}
