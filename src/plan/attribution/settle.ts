import type { PicoUsd } from "../../shared/money.js";

/** Amounts that were rounded one by one, moved by single pico-USD until they sum to `total`; the largest move first. */
export function settle(amounts: readonly PicoUsd[], total: PicoUsd): PicoUsd[] {
  const settled = [...amounts];
  const size = (index: number) => (amounts[index]! < 0n ? -amounts[index]! : amounts[index]!);
  const bySize = amounts.map((_, index) => index).sort((a, b) => Number(size(b) - size(a)));
  let missing = total - amounts.reduce((sum, amount) => sum + amount, 0n);
  for (let turn = 0; missing !== 0n && bySize.length > 0; turn = (turn + 1) % bySize.length) {
    const step = missing > 0n ? 1n : -1n;
    settled[bySize[turn]!]! += step;
    missing -= step;
  }
  return settled;
}
