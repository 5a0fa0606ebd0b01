import { drawConfidence } from "../../charts/confidence.js";
import { NARROW } from "../../charts/plotter.js";
import { badge, dataTable, definition, type Page, section } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

const POPULATIONS: Readonly<Record<string, string>> = {
  samples: "these samples only",
  traffic: "the traffic that the samples were drawn from",
};

export function evidenceSection(page: Page): Slot {
  const { report, view } = page;
  if (report.certificates.length === 0) return null;
  const lead = [
    "Baseline and candidate answer the same samples. The band holds the true change in quality at every sample count at once, so looking early costs nothing. A route is certified when its lower edge stays above the dashed line.",
    report.experiment !== null &&
      html` The experiment used ${view.count("experiment.calls")} calls, against ${view.count("experiment.calls_fixed_design")} for a fixed design, and cost ${view.money("experiment.spent_usd")} for ${view.count("experiment.paid_calls")} paid calls (${view.text("experiment.mode")} mode${report.experiment.stopped !== null && html`; it ended early: ${view.text("experiment.stopped")}`}).`,
  ];
  return section(
    "evidence",
    "Evidence",
    lead,
    html`<div class="grid">${report.certificates.map((_, index) => certificate(page, index))}</div>`,
  );
}

function certificate({ report, view, plotter }: Page, index: number): Html {
  const row = report.certificates[index]!;
  const path = `certificates.${index}`;
  const steps = row.path.map((_, step) => [
    view.count(`${path}.path.${step}.n`),
    view.change(`${path}.path.${step}.difference`),
    view.change(`${path}.path.${step}.lower`),
    view.change(`${path}.path.${step}.upper`),
  ]);
  const columns = ["Pairs", "Change", "Lower", "Upper"].map((name) => ({ name, numeric: true }));
  const chart =
    row.path.length > 1 &&
    html`<div class="chart">${drawConfidence(plotter, "Confidence sequence: change in quality, in points, over pairs, with the allowed loss", row, NARROW)}</div>`;
  return html`<figure class="certificate"><figcaption>${badge(row.verdict)}
<h3>${view.text(`${path}.scope`)} to ${view.text(`${path}.candidate`)}</h3>
<p>${view.text(`${path}.explanation`)}</p>
<p class="axis">Change in points over pairs asked, instead of ${view.text(`${path}.baseline`)}</p></figcaption>
${chart}
<dl class="pairs">
${definition("Pairs", [view.count(`${path}.n`), row.decidedAt !== null && html`, decided at ${view.count(`${path}.decided_at`)}`])}
${definition("Change", html`${view.change(`${path}.difference`)} points`)}
${definition("Bounds", html`${view.change(`${path}.lower`)} to ${view.change(`${path}.upper`)}, each at ${view.share(`${path}.confidence`)}`)}
${definition("Allowed loss", html`${view.points(`${path}.margin`)} points; provable now ${view.points(`${path}.certifiable_margin`)}`)}
${definition("Scores", html`${view.share(`${path}.baseline_score`)} before, ${view.share(`${path}.candidate_score`)} after`)}
${definition("Holds for", POPULATIONS[row.population] ?? row.population)}
${gradedBy({ report, view, plotter }, index)}
${row.verdict === "inconclusive" && definition("Still needed", needed(view, row.samplesNeeded, path))}
</dl>
${steps.length > 0 && dataTable("Confidence sequence", columns, steps)}</figure>`;
}

const needed = (view: Page["view"], samples: number | null, path: string): Slot =>
  samples === null
    ? "more than can be expected to help"
    : html`about ${view.count(`${path}.samples_needed`)} more pairs`;

/** What graded, where a model did, and whether it contradicted itself. */
function gradedBy({ report, view }: Page, index: number): Slot {
  const { graders, swapDisagreement, fallback } = report.certificates[index]!;
  const path = `certificates.${index}`;
  if (graders.length === 0) return null;
  const names = graders.map(
    (_, place) =>
      html`${place > 0 && ", "}${view.text(`${path}.graders.${place}.grader`)} (${view.count(`${path}.graders.${place}.pairs`)} pairs)`,
  );
  return definition("Graded by", [
    names,
    swapDisagreement !== null &&
      html`; contradictions ${view.share(`${path}.swap_disagreement.value`)} of swapped pairs`,
    fallback && "; rules decided, because the judge is unstable",
  ]);
}
