import type { ReportBody, ReportInput } from "../contract.js";
import { formatDecimal, formatMoney, formatShare } from "../format.js";
import { plural } from "./amounts.js";

type Economics = NonNullable<NonNullable<ReportInput["plan"]>["economics"]>;

/** What the whole plan costs once and brings over time, with the uncertainties that it was drawn from. */
export function buildEconomics(plan: ReportInput["plan"]): ReportBody["economics"] {
  const worth = plan?.economics ?? null;
  if (worth === null) return null;
  const spread = (values: Economics["paybackMonths"], unit: string, basis: "assumed" | "estimated") => ({
    low: values.low,
    mid: values.mid,
    high: values.high,
    unit,
    basis,
  });
  return {
    oneOff: spread(worth.oneOffUsd, "USD", "assumed"),
    peopleHours: { value: worth.engineeringHours, unit: "hours", basis: "assumed" },
    hourlyRate: { value: worth.hourlyRateUsd, unit: "USD an hour", basis: "assumed" },
    experiment: { value: worth.experimentUsd, unit: "USD", basis: "estimated" },
    saving: spread(worth.savingUsdMonth, "USD a month", "estimated"),
    payback: spread(worth.paybackMonths, "months", "estimated"),
    npv: spread(worth.npvUsd, "USD", "estimated"),
    npvMiddle: { value: worth.npvMiddleUsd, unit: "USD", basis: "estimated" },
    roi: worth.roi && spread(worth.roi, "USD gained per USD of one-off cost", "estimated"),
    chanceOfLoss: { value: worth.chanceOfLoss, unit: "share of draws", basis: "estimated" },
    draws: worth.draws,
    horizonMonths: worth.horizonMonths,
    discountRateYear: worth.discountRateYear,
    uncertainties: worth.uncertainties.map((row) => ({ ...row })),
    tornado: worth.tornado.map((row) => ({ ...row })),
  };
}

/** The same in one paragraph, for the verdict; null where nothing is changed. */
export function describeWorth(plan: ReportInput["plan"]): string | null {
  const worth = plan?.economics ?? null;
  if (worth === null) return null;
  const { oneOffUsd, npvUsd, horizonMonths, chanceOfLoss, draws } = worth;
  const range = ({ low, high }: { low: number; high: number }) =>
    `${formatMoney(low)} to ${formatMoney(high)}`;
  const loss =
    chanceOfLoss === 0
      ? `none of ${plural(draws, "draw")} loses money`
      : `${formatShare(chanceOfLoss)} of ${plural(draws, "draw")} lose money`;
  return [
    `Putting the whole plan in place costs about ${formatMoney(oneOffUsd.mid)} once (${range(oneOffUsd)}; ${plural(worth.engineeringHours, "hour")} of people's time at ${formatMoney(worth.hourlyRateUsd)}, assumed), ${paybackWords(worth)}.`,
    `Its net present value over ${plural(horizonMonths, "month")} is ${formatMoney(npvUsd.mid)} (${range(npvUsd)}, estimated); ${loss}.`,
    "That holds if all of it can be certified.",
  ].join(" ");
}

function paybackWords({ paybackMonths: { low, mid, high }, horizonMonths }: Economics): string {
  if (mid === null) return `not paid back within ${plural(horizonMonths, "month")}`;
  const latest = high === null ? `beyond ${horizonMonths}` : formatDecimal(high);
  return `paid back in ${formatDecimal(mid)} months (${formatDecimal(low)} to ${latest})`;
}
