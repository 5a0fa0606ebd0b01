import type { RoiResult } from "../../pipeline.js";
import { formatUsd, type PicoUsd, toUsd } from "../../shared/money.js";
import { number, percent, whole } from "./format.js";
import { table } from "./table.js";

const NOTE =
  "This is the template's own arithmetic on assumed inputs, not a measurement; tokenop plan recomputes the saving on your own events.";

/** stdout of `tokenop calculate-roi --json`. */
export function roiJson({ template, origin, roi }: RoiResult): unknown {
  const figure = (value: number | null, unit: string) => ({ value, unit, basis: "assumed" });
  const monthly = (amount: PicoUsd) => figure(toUsd(amount), "USD a month");
  return {
    template: template.id,
    version: template.version,
    origin,
    inputs: roi.inputs.map(({ name, value, unit, origin: from, basis, source }) => ({
      name,
      value,
      unit,
      from,
      basis,
      source,
    })),
    baseline: monthly(roi.baseline),
    projected: monthly(roi.projected),
    saving: monthly(roi.saving),
    saving_share: figure(roi.savingShare, "share of the baseline"),
    one_off_cost: figure(toUsd(roi.oneOff), "USD, once"),
    payback: figure(roi.paybackMonths, "months"),
    net_first_year: figure(toUsd(roi.netFirstYear), "USD over 12 months"),
    roi_first_year: figure(roi.roiFirstYear, "share of the one-off cost"),
    claims_saving: template.levers.length > 0,
    note: NOTE,
  };
}

export function renderRoi({ template, roi }: RoiResult): string {
  const inputs = roi.inputs.map((input) => [
    input.name,
    number(input.value),
    input.unit,
    input.origin === "set" ? "yours, assumed" : `default, ${input.basis.replaceAll("_", " ")}`,
  ]);
  const hours = `${whole(roi.engineeringHours)} hours at USD ${roi.hourlyRate}`;
  const results = [
    ["bill before", formatUsd(roi.baseline), "a month"],
    ["bill after", formatUsd(roi.projected), "a month"],
    ["saving", formatUsd(roi.saving), `a month, ${percent(roi.savingShare)} of the bill before`],
    ["one-off cost", formatUsd(roi.oneOff), hours],
    ["payback", roi.paybackMonths === null ? "never" : months(roi.paybackMonths), ""],
    ["net in 12 months", formatUsd(roi.netFirstYear), "savings less the one-off cost"],
    [
      "ROI in 12 months",
      roi.roiFirstYear === null ? "no one-off cost" : percent(roi.roiFirstYear),
      "of the one-off cost",
    ],
  ];
  return [
    `${template.name} (${template.id} ${template.version})`,
    table(["input", "value", "unit", "basis"], inputs, ["left", "right", "left", "left"]),
    table(["result", "assumed", ""], results, ["left", "right", "left"]),
    ...(template.levers.length === 0
      ? ["It claims no saving of its own; it enables other changes."]
      : [rangeOf(template, roi.savingShare)]),
    NOTE,
  ].join("\n\n");
}

const months = (value: number): string => `${value < 100 ? Number(value.toFixed(1)) : whole(value)} months`;

function rangeOf({ optimization }: RoiResult["template"], share: number): string {
  const { low, high, of } = optimization.expectedCostReduction;
  const place = share < low ? "below" : share > high ? "above" : "within";
  return `The saving is ${place} the template's expected range, ${percent(low)} to ${percent(high)} of ${of}.`;
}
