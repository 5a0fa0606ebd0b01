import { type Page, section, stackedTable, table } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";
import type { View } from "../view.js";

type Side = "before" | "after";

/** The GPU fleets before and after the plan, and how sure the estimate of a replica is. */
export function fleetsSection(page: Page): Slot {
  const { report } = page;
  if (report.fleets.length === 0) return null;
  return section(
    "fleets",
    "Fleets of GPUs",
    [
      "Paid by the GPU-hour, whatever they serve. Replicas are whole, so less work saves nothing until one drops.",
      "Estimates hold the true value nine times in ten between low and high; the plan sizes on the middle. Where the ends differ by a replica, measure one before you buy.",
    ],
    report.fleets.map((_, index) => fleetBlock(page, index)),
  );
}

function fleetBlock({ report, view }: Page, index: number): Html {
  const fleet = report.fleets[index]!;
  const path = `fleets.${index}`;
  const cell = (side: Side, show: (state: string) => Slot): Slot =>
    fleet[side] === null ? "none" : show(`${path}.${side}`);
  const rows = properties(view).map(([name, show]) => [name, cell("before", show), cell("after", show)]);
  const started = fleet.inPlace ? "" : ", started by the plan";
  return html`<div class="part"><h3>${view.text(`${path}.id`)}</h3>
<p class="note">Serves ${view.text(`${path}.model`)}${started}; change ${view.money(`${path}.change.value`)} a month (${view.text(`${path}.change.basis`)}).</p>
${table("Fleet before and after the plan", [{ name: "" }, { name: "Before" }, { name: "After" }], rows)}
${capacity({ report, view }, index)}</div>`;
}

function properties(view: View): readonly (readonly [string, (state: string) => Slot])[] {
  const based = (value: Html, figure: string) =>
    html`${value}<br><small>${view.text(`${figure}.basis`)}</small>`;
  return [
    ["GPU", (at) => html`${view.text(`${at}.gpu`)}, ${view.count(`${at}.gpus_per_replica`)} a replica`],
    ["Engine", (at) => view.text(`${at}.engine`)],
    ["Precision", (at) => view.text(`${at}.precision`)],
    [
      "Instance",
      (at) =>
        html`${view.text(`${at}.instance`)}<br><small>${view.text(`${at}.cloud`)}, ${view.text(`${at}.region`)}</small>`,
    ],
    ["Scaling", (at) => view.text(`${at}.scaling`)],
    [
      "Replicas needed in the busiest minute",
      (at) => based(view.count(`${at}.replicas_needed.value`), `${at}.replicas_needed`),
    ],
    [
      "Replicas paid at most",
      (at) =>
        based(
          html`${view.count(`${at}.replicas.value`)} (${view.count(`${at}.gpus.value`)} GPUs)`,
          `${at}.replicas`,
        ),
    ],
    ["GPU-hours a month", (at) => based(view.count(`${at}.gpu_hours.value`), `${at}.gpu_hours`)],
    ["Committed GPUs", (at) => view.count(`${at}.committed_gpus`)],
    ["Spot share of the rest", (at) => view.share(`${at}.spot_share`)],
    ["Cost a month", (at) => based(view.money(`${at}.cost.value`), `${at}.cost`)],
  ];
}

function capacity({ report, view }: Pick<Page, "report" | "view">, index: number): Slot {
  const held = report.fleets[index]!.capacity;
  if (held === null) return null;
  const rows = (
    [
      ["Requests a second", "requests_per_second"],
      ["Time to first token, ms", "ttft_ms"],
      ["Time per output token, ms", "tpot_ms"],
    ] as const
  ).map(([name, key]) => {
    const path = `fleets.${index}.capacity.${key}`;
    return [
      html`${name}<br><small>${view.text(`${path}.basis`)}</small>`,
      ...["low", "mid", "high"].map((end) => view.decimal(`${path}.${end}`)),
    ];
  });
  const columns = [{ name: "Figure" }, ...["Low", "Middle", "High"].map((name) => ({ name, numeric: true }))];
  const references = held.references.map(
    (_, row) => html`<li>${view.text(`fleets.${index}.capacity.references.${row}`)}</li>`,
  );
  return html`<p class="note">One replica after the plan, at the mean request:</p>
${stackedTable("What one replica carries", columns, rows)}
${references.length > 0 && html`<details><summary>Reference points</summary><ul class="plain">${references}</ul></details>`}`;
}
