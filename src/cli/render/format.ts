import { formatUsd, parseUsd, toUsd } from "../../shared/money.js";

/** `1,234` */
export const whole = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 });

/** `1,234.5`, with up to six decimals. */
export const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 6 });

/** Exact decimal text of an artifact as `USD 1,234.56`. */
export const usd = (exact: string): string => formatUsd(parseUsd(exact));

/** 0.1234 as `12.3 %` */
export const percent = (share: number): string => `${(share * 100).toFixed(1).replace(/^-0\.0$/, "0.0")} %`;

/** A difference of scores as percentage points, with sign: `-1.3 pp`. */
export const points = (difference: number): string =>
  `${difference > 0 ? "+" : ""}${(difference * 100).toFixed(1)} pp`;

export const plural = (count: number, noun: string): string =>
  `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Exact decimal text of an artifact as the nearest double in USD, for `--json`. */
export const usdNumber = (exact: string): number => toUsd(parseUsd(exact));
