import { drawBars } from "../../charts/bars.js";
import { drawFrontier } from "../../charts/frontier.js";
import { responsive } from "../../charts/plotter.js";
import { drawWaterfall } from "../../charts/waterfall.js";
import { formatMoney } from "../../format.js";
import { badge, dataTable, figure, type Page, section, table } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

export function planSections(page: Page): Slot {
  if (page.report.waterfall.length === 0) return null;
  return [changesSection(page), togetherSection(page), frontierSection(page)];
}

function changesSection({ report, view, plotter }: Page): Html {
  const chart = responsive((width) =>
    drawWaterfall(plotter, "Waterfall: monthly cost from today to the whole plan", report.waterfall, width),
  );
  const steps = report.waterfall.map((step, index) => [
    view.text(`waterfall.${index}.label`),
    step.kind === "saving" ? "saving" : "cost",
    view.money(`waterfall.${index}.amount_usd_month`),
    step.certified === null ? "" : badge(step.certified ? "certified" : "uncertified"),
  ]);
  const actions = report.actions.map((action, index) => {
    const path = `actions.${index}`;
    return [
      html`${badge(action.state)}<br>${view.text(`${path}.summary`)}<br><small>${view.text(`${path}.evidence`)}</small>`,
      view.money(`${path}.standalone_usd_month`),
      view.money(`${path}.share_usd_month`),
    ];
  });
  return section(
    "plan",
    "What the plan changes",
    [
      "Each step is a change in the order in which it can go live, with its share of the joint saving a month at list price.",
    ],
    [
      figure(
        "From today to the plan",
        chart,
        "Solid green steps are certified; outlined steps are not.",
        dataTable(
          "Steps of the waterfall",
          [{ name: "Step" }, { name: "Kind" }, { name: "USD a month", numeric: true }, { name: "State" }],
          steps,
        ),
      ),
      table(
        "Changes of the plan",
        [
          { name: "Change" },
          { name: "Alone, a month", numeric: true },
          { name: "In the plan, a month", numeric: true },
        ],
        actions,
      ),
    ],
  );
}

function togetherSection({ report, view, plotter }: Page): Html {
  const { synergy } = report;
  const bars = [
    { label: "Sum of each alone", value: synergy.standaloneSum.value ?? 0 },
    { label: "All together", value: synergy.joint.value ?? 0 },
  ].map((bar) => ({ ...bar, value: Math.max(0, bar.value), shown: formatMoney(bar.value) }));
  const chart = responsive((width) =>
    drawBars(plotter, "Bars: sum of stand-alone savings against the joint saving", bars, width),
  );
  const rows = [
    ["Sum of each alone", view.money("synergy.standalone_sum.value")],
    ["All together", view.money("synergy.joint.value")],
    ["Synergy", view.money("synergy.amount.value")],
  ];
  const layers = report.layers.map((_, index) => [
    view.text(`layers.${index}.layer`),
    view.money(`layers.${index}.saving_usd_month`),
    view.share(`layers.${index}.share`),
  ]);
  return section(
    "together",
    "Together and apart",
    [
      html`Synergy is ${view.money("synergy.amount.value")} a month (${view.text("synergy.amount.basis")}). ${view.text("synergy.explained")}`,
    ],
    [
      figure(
        "Overlap",
        chart,
        "Where the lower bar is shorter, changes compete for the same requests.",
        dataTable("Synergy", [{ name: "Saving" }, { name: "USD a month", numeric: true }], rows),
      ),
      layers.length > 0 &&
        html`<h3>By layer</h3>${table("Saving by layer", [{ name: "Layer" }, { name: "USD a month", numeric: true }, { name: "Share", numeric: true }], layers)}`,
    ],
  );
}

function frontierSection({ report, view, plotter }: Page): Slot {
  if (report.frontier.length < 2) return null;
  const chart = responsive((width) =>
    drawFrontier(plotter, "Step line: monthly cost against quality put at risk", report.frontier, width),
  );
  const rows = report.frontier.map((point, index) => {
    const path = `frontier.${index}`;
    return [
      view.points(`${path}.quality_budget_used`),
      view.money(`${path}.cost_usd_month`),
      view.share(`${path}.saving_share`),
      html`${view.count(`${path}.actions`)}${point.chosen ? " (the plan)" : ""}`,
    ];
  });
  return section(
    "frontier",
    "Cost against quality",
    [
      "The cheapest plan at each level of risk. A steep first step is nearly free; a flat end pays little for what it risks.",
    ],
    figure(
      "Frontier",
      chart,
      "Across: points of quality put at risk over the fleet. Up: cost a month, USD. Filled: the plan.",
      dataTable(
        "Frontier",
        [
          { name: "Points at risk", numeric: true },
          { name: "Cost a month", numeric: true },
          { name: "Saving", numeric: true },
          { name: "Changes", numeric: true },
        ],
        rows,
      ),
    ),
  );
}
