import { InvalidArgumentError } from "commander";

/** Parsers for flag values; each says what it expected. */

export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  const value = match === null ? Number.NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError("Expected a share such as 0.01 or 1%.");
  return value;
}

export function parseAlpha(text: string): number {
  const value = parseShare(text);
  if (value <= 0 || value >= 1) throw new InvalidArgumentError("Expected a number strictly between 0 and 1.");
  return value;
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number of at least 1.");
  return value;
}

export function parseSeed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new InvalidArgumentError("Expected a whole number from 0 to 4294967295.");
  }
  return value;
}

export function parseAmount(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("Expected an amount of at least 0.");
  return value;
}

export function parseInstant(text: string): Date {
  const value = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(value.getTime())) throw new InvalidArgumentError("Expected an ISO 8601 date or instant.");
  return value;
}

export const parseList = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** For flags that may be given more than once. */
export const collect = (text: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  text,
];
