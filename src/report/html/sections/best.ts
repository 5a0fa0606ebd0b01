import { drawFrontier } from "../../charts/frontier.js";
import { responsive } from "../../charts/plotter.js";
import { badge, dataTable, figure, type Page, section, table } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

/** How far the plan can be from the best one, and what other limits would cost. */
export const bestSections = (page: Page): Slot => [optimalitySection(page), frontierSection(page)];

function optimalitySection({ report, view }: Page): Slot {
  const { optimality } = report;
  if (optimality === null) return null;
  const rows = (
    [
      ["The plan", "plan"],
      ["No plan within the policy can be below", "bound"],
      ["Gap: the plan less that bound", "gap"],
      ["Tolerance of the search", "tolerance"],
    ] as const
  ).map(([name, key]) => [name, view.money(`optimality.${key}.value`), view.text(`optimality.${key}.basis`)]);
  return section(
    "optimality",
    "Is there a better plan",
    [
      html`Objective: ${view.text("optimality.objective")}.`,
      html`Combinations priced: ${view.count("optimality.combinations")}. Whole plans judged: ${view.count("optimality.evaluations")}.`,
    ],
    [
      html`<div>${badge(optimality.optimal ? "optimal" : "gap")} <p>${view.text("optimality.statement")}</p></div>`,
      table(
        "Bound, gap and tolerance of the objective",
        [{ name: "Objective" }, { name: "USD a month", numeric: true }, { name: "Basis" }],
        rows,
      ),
      html`<details><summary>How it was searched</summary><p>${view.text("optimality.method")}</p></details>`,
    ],
  );
}

function frontierSection(page: Page): Slot {
  const parts = [qualityFrontier(page), latencyFrontier(page)].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return section(
    "frontier",
    "Cost against quality and speed",
    [
      "The best plan at other limits, by the same objective. A steep first step is nearly free; a flat end pays little for what it risks. Plans differ in one-off cost too, so cost a month need not fall at every step.",
    ],
    parts,
  );
}

const RESULTS = [
  { name: "Cost a month", numeric: true },
  { name: "Saving", numeric: true },
  { name: "Changes", numeric: true },
];

function qualityFrontier({ report, view, plotter }: Page): Html | null {
  if (report.frontier.length < 2) return null;
  const chart = responsive((width) =>
    drawFrontier(plotter, "Step line: monthly cost against quality put at risk", report.frontier, width),
  );
  const rows = report.frontier.map((point, index) => [
    view.points(`frontier.${index}.quality_budget_used`),
    ...results({ view }, `frontier.${index}`, point.chosen),
  ]);
  return figure(
    "Frontier",
    chart,
    "Across: points of quality put at risk over the fleet. Up: cost a month, USD. Filled: the plan.",
    dataTable("Frontier", [{ name: "Points at risk", numeric: true }, ...RESULTS], rows),
  );
}

function latencyFrontier({ report, view }: Page): Html | null {
  if (report.latencyFrontier.length === 0) return null;
  const rows = report.latencyFrontier.map((point, index) => [
    view.share(`latency_frontier.${index}.target_share`),
    ...results({ view }, `latency_frontier.${index}`, point.targetShare === 1),
  ]);
  return html`<div class="part"><h3>Faster answers</h3>
<p class="note">What the best plan costs where the fleets must answer in this share of the time that they are allowed now.</p>
${table("Cost at stricter latency targets", [{ name: "Share of the allowed time", numeric: true }, ...RESULTS], rows)}</div>`;
}

const results = ({ view }: Pick<Page, "view">, path: string, chosen: boolean): Slot[] => [
  view.money(`${path}.cost_usd_month`),
  view.share(`${path}.saving_share`),
  html`${view.count(`${path}.actions`)}${chosen ? " (the plan)" : ""}`,
];
