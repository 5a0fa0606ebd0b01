import { drawBars, drawHours } from "../../charts/bars.js";
import { NARROW } from "../../charts/plotter.js";
import { formatMoney, formatShare } from "../../format.js";
import { dataTable, figure, type Page, section, table } from "../parts.js";
import { type Html, html } from "../template.js";

/** More bars than this say nothing; the table has the rest. */
const BARS_SHOWN = 7;

const CAPTIONS = {
  intent: { title: "By intent", caption: "What the calls are for, most expensive first." },
  model: { title: "By model", caption: "Which model answered." },
  tenant: { title: "By tenant", caption: "Who the calls were made for." },
  hour: { title: "By hour of day", caption: "Coordinated universal time; flat loads suit batch interfaces." },
} as const;

export function spendSection(page: Page): Html {
  const { report, view } = page;
  const lead = html`Observed cost ${view.money("spend.observed.value")} (${view.text("spend.observed.basis")}), ${view.count("spend.input_tokens")} tokens in and ${view.count("spend.output_tokens")} out. ${view.text("spend.scaling")}`;
  const fleets =
    (report.spend.fleets.value ?? 0) > 0 &&
    html`A month of calls is ${view.money("spend.calls.value")} (${view.text("spend.calls.basis")}), of GPU fleets ${view.money("spend.fleets.value")} (${view.text("spend.fleets.basis")}); the charts show calls paid by the token.`;
  const charts = report.spend.drivers.map((_, index) => driverFigure(page, index));
  return section(
    "spend",
    "Where the money goes",
    [lead, fleets],
    [html`<div class="grid">${charts}</div>`, unpriced(page)],
  );
}

function driverFigure({ report, view, plotter }: Page, index: number): Html | null {
  const driver = report.spend.drivers[index]!;
  if (driver.rows.length === 0) return null;
  const { title, caption } = CAPTIONS[driver.dimension];
  const bars = driver.rows.map((row) => ({
    label: row.key,
    value: row.costUsd,
    shown: `${formatMoney(row.costUsd)} · ${formatShare(row.share)}`,
  }));
  const isHour = driver.dimension === "hour";
  const chart = isHour
    ? drawHours(plotter, "Bars: observed cost by hour of day", bars, NARROW)
    : drawBars(plotter, `Bars: observed cost by ${driver.dimension}`, bars.slice(0, BARS_SHOWN), NARROW);
  const path = (row: number, field: string) => `spend.drivers.${index}.rows.${row}.${field}`;
  const rows = driver.rows.map((_, row) => [
    view.text(path(row, "key")),
    view.money(path(row, "cost_usd")),
    view.share(path(row, "share")),
    view.count(path(row, "events")),
  ]);
  const columns = [
    { name: isHour ? "Hour" : title.replace("By ", "").replace(/^./, (letter) => letter.toUpperCase()) },
    { name: "Observed cost", numeric: true },
    { name: "Share", numeric: true },
    { name: "Calls", numeric: true },
  ];
  return figure(
    title,
    html`<div class="chart">${chart}</div>`,
    caption,
    dataTable(`Cost ${title.toLowerCase()}`, columns, rows),
  );
}

/** Left out of every total, so it stands beside the totals and not in an appendix. */
function unpriced({ report, view }: Page): Html | null {
  if (report.spend.unpriced.length === 0) return null;
  const rows = report.spend.unpriced.map((_, index) => {
    const path = `spend.unpriced.${index}`;
    return [view.text(`${path}.provider`), view.text(`${path}.model`), view.count(`${path}.events`)];
  });
  return html`<div class="notice"><h3>Models without a price</h3>
<p>Their calls are in no total above; rows in prices.yaml put them in.</p>
${table("Models without a price", [{ name: "Provider" }, { name: "Model" }, { name: "Calls", numeric: true }], rows)}</div>`;
}
