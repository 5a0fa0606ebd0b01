import { responsive } from "../../charts/plotter.js";
import { drawTornado } from "../../charts/tornado.js";
import { dataTable, figure, type Page, section, stackedTable } from "../parts.js";
import { html, type Slot } from "../template.js";
import type { View } from "../view.js";

/** What the plan is worth over time, and what that hangs on. */
export function economicsSection(page: Page): Slot {
  const { report, view } = page;
  if (report.economics === null) return null;
  const spreads = stackedTable(
    "Economics of the whole plan",
    [{ name: "Of the whole plan" }, ...["Low", "Median", "High"].map((name) => ({ name, numeric: true }))],
    spreadRows(page),
  );
  return section(
    "economics",
    "What it is worth",
    [
      html`Over ${view.count("economics.horizon_months")} months, discounted at ${view.share("economics.discount_rate_year")} a year, from ${view.count("economics.draws")} draws over the uncertainties below. One draw in twenty lies under low, one in twenty over high.`,
      html`One-off cost is ${view.decimal("economics.people_hours.value")} hours of people at ${view.money("economics.hourly_rate.value")} an hour, purchases, and ${view.money("economics.experiment.value")} of calls that prove it.`,
      "The draws do not say whether the changes can be certified; that is what the evidence is for.",
    ],
    [spreads, tornado(page), uncertainties(page)],
  );
}

function spreadRows({ report, view }: Page): Slot[][] {
  const row = (name: string, key: string, show: (path: string) => Slot): Slot[] => [
    html`${name}<br><small>${view.text(`economics.${key}.basis`)}</small>`,
    ...["low", "mid", "high"].map((end) => show(`economics.${key}.${end}`)),
  ];
  return [
    row("Saving a month", "saving", view.money),
    row("One-off cost", "one_off", view.money),
    row("Payback, months", "payback", (path) => months(view, path, report)),
    row("Net present value", "npv", view.money),
    ...(report.economics?.roi == null ? [] : [row("Gain per dollar of one-off cost", "roi", view.money)]),
  ];
}

/** null: not within the horizon. */
export function months(view: View, path: string, { economics }: Pick<Page["report"], "economics">): Slot {
  const end = path.slice(path.lastIndexOf(".") + 1) as "low" | "mid" | "high";
  return economics?.payback[end] === null
    ? html`over ${view.count("economics.horizon_months")}`
    : view.decimal(path);
}

function tornado({ report, view, plotter }: Page): Slot {
  const { economics } = report;
  if (economics === null || economics.tornado.length === 0) return null;
  const chart = responsive((width) =>
    drawTornado(plotter, "Tornado: net present value when one uncertainty is low or high", economics, width),
  );
  const rows = economics.tornado.map((_, index) => [
    view.text(`economics.tornado.${index}.name`),
    view.money(`economics.tornado.${index}.npv_low_usd`),
    view.money(`economics.tornado.${index}.npv_high_usd`),
  ]);
  return figure(
    "What the worth hangs on",
    chart,
    html`Net present value when one figure is at its low end (open dot) or its high end (filled dot) and all others at their middle. Whole line: all at their middle, ${view.money("economics.npv_middle.value")}. Dashed line: zero; left of it the plan loses money.`,
    dataTable(
      "Net present value at the ends of each uncertainty",
      [
        { name: "Uncertainty" },
        { name: "Value at its low end", numeric: true },
        { name: "Value at its high end", numeric: true },
      ],
      rows,
    ),
  );
}

function uncertainties({ report, view }: Page): Slot {
  const rows = (report.economics?.uncertainties ?? []).map((_, index) => {
    const path = `economics.uncertainties.${index}`;
    return [
      html`${view.text(`${path}.name`)}<br><small>${view.text(`${path}.basis`)}: ${view.text(`${path}.source`)}</small>`,
      ...["low", "mid", "high"].map((end) => view.decimal(`${path}.${end}`)),
    ];
  });
  if (rows.length === 0) return null;
  return html`<h3>Uncertainties</h3>${stackedTable(
    "Uncertainties, as factors",
    [
      { name: "Factor on the plan's figure" },
      ...["Low", "Middle", "High"].map((name) => ({ name, numeric: true })),
    ],
    rows,
  )}`;
}
