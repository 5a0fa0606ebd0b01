/** Minus sign as in print, and a space that never breaks a figure from its unit. */
const MINUS = "\u2212";
const SPACE = "\u00a0";

const signless = (value: number, digits: number): string =>
  Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A minus sign as in print; a value that rounds to zero carries none. */
function withSign(value: number, digits: number, plus = false): string {
  const text = signless(value, digits);
  const isZero = !/[1-9]/.test(text);
  if (isZero) return text;
  return value < 0 ? `${MINUS}${text}` : plus ? `+${text}` : text;
}

/** `USD 14,975`; cents below 1,000, four significant digits below one cent. */
export function formatMoney(usd: number): string {
  const size = Math.abs(usd);
  const isSmall = size > 0 && size < 0.01;
  const amount = isSmall ? `${Number(size.toPrecision(4))}` : signless(size, size >= 1000 ? 0 : 2);
  return `${usd < 0 ? MINUS : ""}USD${SPACE}${amount}`;
}

/** `USD 0.0239`: what one call or answer costs, four significant digits below a dollar. */
export const formatPrice = (usd: number): string =>
  Math.abs(usd) >= 1 || usd === 0
    ? formatMoney(usd)
    : `${usd < 0 ? MINUS : ""}USD${SPACE}${Number(Math.abs(usd).toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 20 })}`;

/** Ratio as `25.0 %`. */
export const formatShare = (share: number): string => `${withSign(share * 100, 1)}${SPACE}%`;

/** Quality in points, 0.01 = 1 point: `2.0`. */
export const formatPoints = (value: number): string => withSign(value * 100, 1);

/** As `formatPoints`, with the sign of a gain too: `+0.2`. */
export const formatChange = (value: number): string => withSign(value * 100, 1, true);

export const formatCount = (count: number): string => count.toLocaleString("en-US");

/** Three significant digits, none of them lost before the point: `0.125`, `3.01`, `1,325`. */
export function formatDecimal(value: number): string {
  const size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const text = Math.abs(value).toLocaleString("en-US", {
    maximumFractionDigits: Math.min(20, Math.max(0, 2 - size)),
  });
  return value < 0 ? `${MINUS}${text}` : text;
}

export const formatFactor = (factor: number): string =>
  factor.toLocaleString("en-US", { maximumFractionDigits: 3 });

/** One line of at most `length` letters for a chart; the table behind it has the whole name. */
export function shorten(name: string, length: number): string {
  const line = name.replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, Math.max(1, length - 1))}…`;
}
