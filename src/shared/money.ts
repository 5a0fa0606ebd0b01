/**
 * Money is an integer number of pico-USD (1e-12 USD) in a bigint: one token at 0.15 USD per million tokens costs
 * exactly 150,000. Sums are exact; binary floats appear only where a figure is shown or a ratio is formed.
 */
export type PicoUsd = bigint;

export const PICO_PER_USD = 1_000_000_000_000n;

/** Parses a decimal such as `0.0375`, `12` or `1e-6` exactly. Digits beyond 1e-12 USD are refused. */
export function parseUsd(text: string): PicoUsd {
  const match = /^\s*(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) {
    throw new RangeError(`not a decimal amount: ${JSON.stringify(text)}`);
  }
  const fraction = match[3] ?? "";
  const digits = BigInt(`${match[2]}${fraction}` || "0");
  const exponent = 12 - fraction.length + Number(match[4] ?? 0);
  const negative = match[1] === "-";
  if (exponent >= 0) {
    const value = digits * 10n ** BigInt(exponent);
    return negative ? -value : value;
  }
  const divisor = 10n ** BigInt(-exponent);
  if (digits % divisor !== 0n) {
    throw new RangeError(`finer than 1e-12 USD: ${JSON.stringify(text)}`);
  }
  return negative ? -(digits / divisor) : digits / divisor;
}

/** USD per million tokens (a decimal text or number from a price list) to pico-USD per token, exactly. */
export function picoPerToken(usdPerMillionTokens: string | number): PicoUsd {
  return parseUsd(`${usdPerMillionTokens}`) / 1_000_000n;
}

/** Exact decimal text without trailing zeros, for example `47.608895`. */
export function formatExact(amount: PicoUsd): string {
  const negative = amount < 0n;
  const absolute = negative ? -amount : amount;
  const whole = absolute / PICO_PER_USD;
  const fraction = (absolute % PICO_PER_USD).toString().padStart(12, "0").replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Nearest double in USD, for JSON output, charts and ratios. Never add these up. */
export function toUsd(amount: PicoUsd): number {
  return Number(formatExact(amount));
}

/** For people: `USD 1,234.56`; below one cent four significant digits are kept. */
export function formatUsd(amount: PicoUsd): string {
  const value = toUsd(amount);
  const small = value !== 0 && Math.abs(value) < 0.01;
  const text = small
    ? `${Number(value.toPrecision(4))}`
    : value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `USD ${text}`;
}

/** `amount * numerator / denominator`, rounded half away from zero. */
export function scale(amount: PicoUsd, numerator: bigint, denominator: bigint): PicoUsd {
  if (denominator === 0n) throw new RangeError("division by zero");
  const product = amount * numerator;
  const sign = product < 0n !== denominator < 0n ? -1n : 1n;
  const absolute = product < 0n ? -product : product;
  const divisor = denominator < 0n ? -denominator : denominator;
  return sign * ((absolute * 2n + divisor) / (divisor * 2n));
}

/** Ratio of two amounts as a double; 0 when the denominator is 0. */
export function ratio(part: PicoUsd, whole: PicoUsd): number {
  return whole === 0n ? 0 : Number((part * 1_000_000_000_000n) / whole) / 1e12;
}
