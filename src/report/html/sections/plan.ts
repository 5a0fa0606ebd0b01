import { drawBars } from "../../charts/bars.js";
import { responsive } from "../../charts/plotter.js";
import { drawWaterfall } from "../../charts/waterfall.js";
import { formatMoney } from "../../format.js";
import { badge, dataTable, figure, type Page, section, stackedTable, table } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

export function planSections(page: Page): Slot {
  if (page.report.waterfall.length === 0) return null;
  return [changesSection(page), togetherSection(page)];
}

function changesSection({ report, view, plotter }: Page): Html {
  const chart = responsive((width) =>
    drawWaterfall(
      plotter,
      "Waterfall: monthly cost from today to the whole plan, by layer",
      report.waterfall,
      report.layers,
      width,
    ),
  );
  const steps = report.waterfall.map((step, index) => [
    view.text(`waterfall.${index}.label`),
    step.layer === null ? "cost" : html`saving, ${view.text(`waterfall.${index}.layer`)}`,
    view.money(`waterfall.${index}.amount_usd_month`),
    step.certified === null ? "" : badge(step.certified ? "certified" : "uncertified"),
  ]);
  const layers = report.layers.map((_, index) => [
    html`${swatch(report.layers[index]!.layer)}${view.text(`layers.${index}.layer`)}`,
    view.money(`layers.${index}.saving_usd_month`),
    view.share(`layers.${index}.share`),
  ]);
  return section(
    "plan",
    "The plan",
    [
      "Each step is a change with its share of the joint saving a month at list price, under its layer and the layer's subtotal.",
      "The number before a change is its place in an order that can go live step by step.",
    ],
    [
      figure(
        "From today to the plan",
        chart,
        "Solid steps are certified; outlined steps are not.",
        dataTable(
          "Steps of the waterfall",
          [{ name: "Step" }, { name: "Kind" }, { name: "USD a month", numeric: true }, { name: "State" }],
          steps,
        ),
      ),
      layers.length > 0 &&
        html`<h3>By layer</h3>${table("Saving by layer", [{ name: "Layer" }, { name: "USD a month", numeric: true }, { name: "Share", numeric: true }], layers)}`,
      html`<h3>By change</h3>`,
      stackedTable(
        "Changes of the plan",
        [
          { name: "Change" },
          { name: "Alone, a month", numeric: true },
          { name: "In the plan, a month", numeric: true },
          { name: "One-off, assumed", numeric: true },
        ],
        report.actions.map((_, index) => actionRow({ report, view }, index)),
      ),
    ],
  );
}

/** Layers that have a colour of their own in the style sheet. */
const LAYERS: readonly string[] = ["application", "serving", "infrastructure"];

const swatch = (layer: string): Slot =>
  LAYERS.includes(layer) && html`<span class="swatch ${layer}" aria-hidden="true"></span>`;

function actionRow({ report, view }: Pick<Page, "report" | "view">, index: number): Slot[] {
  const action = report.actions[index]!;
  const path = `actions.${index}`;
  const templates = action.templates.map(
    (_, row) =>
      html`${row > 0 && ", "}${view.text(`${path}.templates.${row}.id`)} (${view.share(`${path}.templates.${row}.score`)} match)`,
  );
  const approvals = action.approvals.map(
    (_, row) => html`${row > 0 && ", "}${view.text(`${path}.approvals.${row}`)}`,
  );
  return [
    html`${badge(action.state)}<br>${view.count(`${path}.order`)}. ${view.text(`${path}.summary`)}
<br><small>${swatch(action.layer)}${view.text(`${path}.layer`)}, ${view.text(`${path}.risk`)} risk${action.settings !== "" && html`; ${view.text(`${path}.settings`)}`}; touches ${view.share(`${path}.touched_share`)} of requests</small>
<br><small>${view.text(`${path}.evidence`)}</small>
${approvals.length > 0 && html`<br><small><strong>Approval:</strong> ${approvals}</small>`}
${templates.length > 0 && html`<br><small>Templates: ${templates}</small>`}`,
    view.money(`${path}.standalone_usd_month`),
    view.money(`${path}.share_usd_month`),
    html`${view.money(`${path}.one_off_usd`)}<br><small>${view.decimal(`${path}.effort_hours`)} hours</small>`,
  ];
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
  return section(
    "together",
    "Together and apart",
    [
      html`Synergy is ${view.money("synergy.amount.value")} a month (${view.text("synergy.amount.basis")}). ${view.text("synergy.explained")}`,
    ],
    [
      figure(
        "Each alone, and all together",
        chart,
        "A shorter lower bar: changes compete for the same requests or GPUs. A longer one: they make each other possible.",
        dataTable("Synergy", [{ name: "Saving" }, { name: "USD a month", numeric: true }], rows),
      ),
    ],
  );
}
