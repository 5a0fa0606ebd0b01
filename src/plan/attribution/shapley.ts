import type { PicoUsd } from "../../shared/money.js";
import type { Random } from "../../shared/random.js";

/** Up to this many players every subset is valued (2^10 joint costings). */
export const EXACT_PLAYERS = 10;
export const SAMPLED_ORDERS = 200;

/**
 * Shapley values of a game in exact money: shares that sum to value(all) to the last pico-USD.
 *
 * Formula: phi_i = sum over S without i of |S|! (m - |S| - 1)! / m! * (v(S + i) - v(S)), Shapley 1953. Exact up to
 * ten players; beyond, the mean marginal over 200 seeded random orders. What integer division leaves is given out by
 * largest remainder.
 *
 * @param value saving of a subset of player indexes, ascending; value([]) must be 0.
 */
export function shapley(
  players: number,
  value: (subset: readonly number[]) => PicoUsd,
  random: Random,
): PicoUsd[] {
  return players <= EXACT_PLAYERS ? exact(players, value) : sampled(players, value, random);
}

function exact(players: number, value: (subset: readonly number[]) => PicoUsd): PicoUsd[] {
  const indexes = Array.from({ length: players }, (_, index) => index);
  const values = Array.from({ length: 2 ** players }, (_, mask) =>
    value(indexes.filter((index) => (mask & (1 << index)) !== 0)),
  );
  const factorial = [1n];
  for (let n = 1; n <= players; n += 1) factorial.push(factorial[n - 1]! * BigInt(n));
  const numerators = indexes.map((player) => {
    let sum = 0n;
    for (const [mask, without] of values.entries()) {
      if ((mask & (1 << player)) !== 0) continue;
      const size = countBits(mask);
      const weight = factorial[size]! * factorial[players - size - 1]!;
      sum += weight * (values[mask | (1 << player)]! - without);
    }
    return sum;
  });
  return divideOut(numerators, factorial[players]!);
}

function sampled(players: number, value: (subset: readonly number[]) => PicoUsd, random: Random): PicoUsd[] {
  const sums = Array.from({ length: players }, () => 0n);
  const indexes = sums.map((_, index) => index);
  for (let order = 0; order < SAMPLED_ORDERS; order += 1) {
    const present: number[] = [];
    let before = 0n;
    for (const player of random.shuffle(indexes)) {
      present.push(player);
      const after = value([...present].sort((a, b) => a - b));
      sums[player]! += after - before;
      before = after;
    }
  }
  return divideOut(sums, BigInt(SAMPLED_ORDERS));
}

/** Divides amounts whose sum is divisible, keeping the sum: floors, then one more for the largest remainders. */
function divideOut(amounts: readonly bigint[], divisor: bigint): bigint[] {
  const remainders = amounts.map((amount) => ((amount % divisor) + divisor) % divisor);
  const shares = amounts.map((amount, index) => (amount - remainders[index]!) / divisor);
  const left = Number(remainders.reduce((sum, remainder) => sum + remainder, 0n) / divisor);
  const byRemainder = remainders
    .map((remainder, index) => ({ remainder, index }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  for (const { index } of byRemainder.slice(0, left)) shares[index]! += 1n;
  return shares;
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
