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
    const calls = view.count(`${path}.n`);
    return [
      claim({ view }, path, row.verdict),
      row.targetMs === null ? "none set" : view.decimal(`${path}.target_ms`),
      row.exceeded === null ? html`${calls} calls` : html`${view.count(`${path}.exceeded`)} of ${calls}`,
      based({ view }, `${path}.baseline_p95`, row.baselineP95, view.decimal),
      based({ view }, `${path}.candidate_p95`, row.candidateP95, view.decimal),
      based({ view }, `${path}.upper`, row.upper, view.decimal),
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
    return [
      claim({ view }, path, row.verdict),
      view.count(`${path}.n`),
      based({ view }, `${path}.baseline_cost`, row.baselineCost, view.price),
      based({ view }, `${path}.candidate_cost`, row.candidateCost, view.price),
      based({ view }, `${path}.saving`, row.saving, view.share),
      row.savingLower.value === null
        ? "none shown"
        : based({ view }, `${path}.saving_lower`, row.savingLower, view.share),
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

type Part = Pick<Page, "view">;

/** A figure with its basis under it; one that is not known has none to show. */
function based(
  { view }: Part,
  path: string,
  { value }: { readonly value: number | null },
  show: (path: string) => Html,
): Html {
  const basis = value !== null && html`<br><small>${view.text(`${path}.basis`)}</small>`;
  return html`${show(`${path}.value`)}${basis}`;
}

function claim({ view }: Part, path: string, verdict: string | null): Html {
  const confidence = verdict !== null && html` Confidence ${view.share(`${path}.confidence`)}.`;
  return html`${badge(verdict ?? "unclaimed")} ${view.text(`${path}.scope`)} to ${view.text(`${path}.candidate`)}<br><small>${view.text(`${path}.explanation`)}${confidence}</small>`;
}
