import { HOURS_PER_MONTH } from "../../profile/contract.js";
import { parseUsd, toUsd } from "../../shared/money.js";
import type { ReportInput } from "../contract.js";

/** An artifact's exact decimal as the nearest double, for the report only. */
export const usd = (text: string): number => toUsd(parseUsd(text));

/** Observed cost of calls scaled to a month of 730 hours, USD. */
export const monthlyCalls = ({ totals, span }: ReportInput["profile"]): number =>
  (usd(totals.costUsd) * HOURS_PER_MONTH) / span.hours;

/** What is paid by the GPU-hour today, USD a month; null without a plan, which alone knows of fleets. */
export const monthlyFleets = (plan: ReportInput["plan"]): number | null =>
  plan === null
    ? null
    : plan.fleets.reduce((sum, { before }) => sum + (before === null ? 0 : usd(before.costUsdMonth)), 0);

/** Calls and fleets, USD a month. */
export const monthlySpend = ({ profile, plan }: ReportInput): number =>
  monthlyCalls(profile) + (monthlyFleets(plan) ?? 0);

/** Models that no list prices and that no fleet in place pays for by the GPU-hour. */
export const unpricedModels = ({ profile, plan }: ReportInput): ReportInput["profile"]["unpriced"] =>
  profile.unpriced.filter(
    (row) =>
      !(plan?.fleets ?? []).some(
        ({ provider, model, before }) => before !== null && provider === row.provider && model === row.model,
      ),
  );

/** `1 pair`, `260 pairs`. */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
