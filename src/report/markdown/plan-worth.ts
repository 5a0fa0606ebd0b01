import type { Report } from "../contract.js";
import { formatCount, formatDecimal, formatMoney, formatShare } from "../format.js";
import { escapeMarkdown, table } from "./blocks.js";

type Fleet = Report["fleets"][number];
type Economics = NonNullable<Report["economics"]>;

/** GPU fleets before and after, with what one replica carries. */
export function fleets({ fleets: all }: Report): string[] {
  if (all.length === 0) return [];
  const rows = all.flatMap((fleet) => [
    [fleet.id, "before", ...stateCells(fleet.before)],
    [fleet.id, "after", ...stateCells(fleet.after)],
  ]);
  return [
    "## Fleets of GPUs",
    table(
      [
        "Fleet",
        "",
        "GPUs",
        "Engine",
        "Scaling",
        "Replicas needed, paid",
        "GPU-hours",
        "Spot",
        "Cost a month",
      ],
      rows,
    ),
    all.map(capacityLine).join("\n"),
  ];
}

function stateCells(state: Fleet["before"]): string[] {
  if (state === null) return ["none", "", "", "", "", "", ""];
  const committed = state.committedGpus === 0 ? "" : `, ${formatCount(state.committedGpus)} committed`;
  return [
    `${formatCount(state.gpus.value ?? 0)} ${state.gpu}${committed}`,
    `${state.engine} ${state.precision}`,
    state.scaling,
    `${state.replicasNeeded.value}, ${state.replicas.value}`,
    formatCount(state.gpuHours.value ?? 0),
    formatShare(state.spotShare),
    `${formatMoney(state.cost.value ?? 0)} (${state.cost.basis})`,
  ];
}

function capacityLine({ id, capacity }: Fleet): string {
  if (capacity === null) return `- ${escapeMarkdown(id)}: nothing is served after the plan.`;
  const { low, mid, high, basis } = capacity.requestsPerSecond;
  const points = capacity.references.length === 0 ? "" : ` From: ${capacity.references.join("; ")}.`;
  return `- ${escapeMarkdown(`${id}: one replica carries ${formatDecimal(mid)} requests a second (${formatDecimal(low)} to ${formatDecimal(high)}, ${basis}).${points}`)}`;
}

/** What the plan is worth, and what that hangs on. */
export function economics({ economics: worth }: Report): string[] {
  if (worth === null) return [];
  const money = (value: number | null) => formatMoney(value ?? 0);
  const months = (value: number | null) =>
    value === null ? `over ${worth.horizonMonths}` : formatDecimal(value);
  const row = (name: string, spread: Economics["npv"], show: (value: number | null) => string) => [
    name,
    show(spread.low),
    show(spread.mid),
    show(spread.high),
    spread.basis,
  ];
  return [
    "## What it is worth",
    table(
      [`Whole plan, ${worth.horizonMonths} months`, "Low (5 %)", "Median", "High (95 %)", "Basis"],
      [
        row("Saving a month", worth.saving, money),
        row("One-off cost", worth.oneOff, money),
        row("Payback, months", worth.payback, months),
        row("Net present value", worth.npv, money),
        ...(worth.roi === null ? [] : [row("Gain per dollar of one-off cost", worth.roi, money)]),
      ],
    ),
    table(
      [
        "Uncertainty, as a factor",
        "Low",
        "Middle",
        "High",
        "Net present value at low, at high",
        "Basis",
        "Source",
      ],
      worth.uncertainties.map((uncertainty) => uncertaintyCells(uncertainty, worth.tornado)),
    ),
  ];
}

function uncertaintyCells(
  { name, low, mid, high, basis, source }: Economics["uncertainties"][number],
  tornado: Economics["tornado"],
): string[] {
  const bar = tornado.find((candidate) => candidate.name === name);
  return [
    name,
    ...[low, mid, high].map(formatDecimal),
    bar === undefined ? "" : `${formatMoney(bar.npvLowUsd)}, ${formatMoney(bar.npvHighUsd)}`,
    basis,
    source,
  ];
}

/** How far the plan can be from the best one. */
export const optimality = ({ optimality: held }: Report): string[] =>
  held === null ? [] : [escapeMarkdown(held.statement)];
