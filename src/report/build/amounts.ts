import { HOURS_PER_MONTH } from "../../profile/contract.js";
import { parseUsd, toUsd } from "../../shared/money.js";
import type { ReportInput } from "../contract.js";

/** An artifact's exact decimal as the nearest double, for the report only. */
export const usd = (text: string): number => toUsd(parseUsd(text));

/** Observed cost scaled to a month of 730 hours, USD. */
export const monthlySpend = ({ totals, span }: ReportInput["profile"]): number =>
  (usd(totals.costUsd) * HOURS_PER_MONTH) / span.hours;

/** `1 pair`, `260 pairs`. */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
