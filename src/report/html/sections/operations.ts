import { badge, type Column, type Page, section, stackedTable } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

const numeric = (name: string): Column => ({ name, numeric: true });

/** What was certified besides quality: how slow the slowest calls are, and what an accepted answer costs. */
export function operationsSection(page: Page): Slot {
  const parts = [latencyPart(page), costPart(page)].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return section(
    "operations",
    "Speed and cost of an answer",
    [
      "Seen on the same calls as the quality, and as valid wherever the run ended. These claims share a risk of error of their own; they decide no patch.",
    ],
    parts,
  );
}

function latencyPart({ report, view }: Page): Html | null {
  if (report.latencyTails.length === 0) return null;
  const rows = report.latencyTails.map((row, index) => {
    const path = `latency_tails.${index}`;
    const figure = (name: string) => [
      view.decimal(`${path}.${name}.value`),
      html`<br><small>${view.text(`${path}.${name}.basis`)}</small>`,
    ];
    return [
      claim({ view }, path, row.verdict),
      row.targetMs === null ? "none set" : view.decimal(`${path}.target_ms`),
      row.exceeded === null
        ? view.count(`${path}.n`)
        : html`${view.count(`${path}.exceeded`)} of ${view.count(`${path}.n`)}`,
      ...["baseline_p95", "candidate_p95", "upper"].map(figure),
    ];
  });
  return html`<div class="part"><h3>The slowest calls</h3>
<p class="note">Milliseconds that nineteen of twenty calls take at most (the ninety-fifth percentile). Certified: no more than one call in twenty takes longer than the target.</p>
${stackedTable(
  "Latency of the slowest calls",
  [
    { name: "Change" },
    numeric("Target"),
    numeric("Slower"),
    numeric("Before"),
    numeric("After"),
    numeric("After, at most"),
  ],
  rows,
)}</div>`;
}

function costPart({ report, view }: Page): Html | null {
  if (report.acceptedCosts.length === 0) return null;
  const rows = report.acceptedCosts.map((row, index) => {
    const path = `accepted_costs.${index}`;
    const based = (name: string, show: (path: string) => Html) => [
      show(`${path}.${name}.value`),
      html`<br><small>${view.text(`${path}.${name}.basis`)}</small>`,
    ];
    return [
      claim({ view }, path, row.verdict),
      view.count(`${path}.n`),
      based("baseline_cost", view.price),
      based("candidate_cost", view.price),
      based("saving", view.share),
      row.savingLower.value === null ? "none shown" : view.share(`${path}.saving_lower.value`),
    ];
  });
  return html`<div class="part"><h3>Cost of an accepted answer</h3>
<p class="note">What was paid over the answers that scored at least half: a cheap model that is often wrong is not cheap.</p>
${stackedTable(
  "Cost for each accepted answer",
  [
    { name: "Change" },
    numeric("Pairs"),
    numeric("Before"),
    numeric("After"),
    numeric("Saving"),
    numeric("Saving, at least"),
  ],
  rows,
)}</div>`;
}

function claim({ view }: Pick<Page, "view">, path: string, verdict: string | null): Html {
  return html`${badge(verdict ?? "unclaimed")} ${view.text(`${path}.scope`)} to ${view.text(`${path}.candidate`)}<br><small>${view.text(`${path}.explanation`)} Confidence ${view.share(`${path}.confidence`)}.</small>`;
}
