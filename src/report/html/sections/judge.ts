import { badge, definition, type Page, section, stackedTable } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

/** The model that graded: how it stands against labels, and where rules had to take its place. */
export function judgeSection(page: Page): Slot {
  const { judge } = page.report;
  if (judge === null) return null;
  return section(
    "judge",
    "The judge",
    [
      "A model graded what no rule can. It is held against labels, and asked twice with the answers in changed places; one that contradicts itself too often, or cannot tell good from bad, is set aside and rules decide.",
    ],
    [record(page), calibration(page)],
  );
}

function record({ report, view }: Page): Html {
  const judge = report.judge!;
  const figure = (name: string, show: (path: string) => Html) =>
    html`${show(`judge.${name}.value`)} <span class="basis">${view.text(`judge.${name}.basis`)}</span>`;
  return html`<div class="part"><div>${badge(judge.setAside.length > 0 ? "set_aside" : "trusted")}</div>
<dl class="pairs">
${definition("Model", [view.text("judge.model"), html`, ${view.count("judge.repeats")} opinions on each question`])}
${definition("Replies", html`${view.count("judge.calls")}, ${view.count("judge.unreadable")} of them without a verdict`)}
${definition("Contradictions", html`${figure("swap_disagreement", view.share)} of ${view.count("judge.swapped")} pairs judged in both orders; set aside above ${view.share("judge.swap_limit")}`)}
${definition("Longer answers", html`correlation with preference ${figure("length_correlation", view.decimal)}; far from zero, length wins`)}
${judge.setAside.length > 0 && definition("Rules decided", setAside({ report, view }))}
${judge.labels !== null && definition("Labels", html`correct it on ${view.share("judge.labels.chance")} of judged samples; still to be given: ${view.count("judge.labels.wanted")}`)}
</dl></div>`;
}

const setAside = ({ report, view }: Pick<Page, "report" | "view">): Slot =>
  report.judge!.setAside.map(
    (_, index) =>
      html`${index > 0 && ", "}${view.text(`judge.set_aside.${index}.scope`)} to ${view.text(`judge.set_aside.${index}.candidate`)}`,
  );

function calibration({ report, view }: Page): Slot {
  const rows = report.judge!.calibration.map((row, index) => {
    const path = `judge.calibration.${index}`;
    const bounded = (name: string, show: (path: string) => Html) => [
      show(`${path}.${name}.value`),
      html`<br><small>${show(`${path}.${name}.low`)} to ${show(`${path}.${name}.high`)}, ${view.text(`${path}.${name}.basis`)}</small>`,
    ];
    return [
      html`${view.text(`${path}.mode`)}`,
      view.count(`${path}.samples`),
      bounded("agreement", view.share),
      row.discrimination.value === null
        ? "not known"
        : [
            bounded("discrimination", view.decimal),
            html`<br><small>of ${view.count(`${path}.decisive`)}</small>`,
          ],
      bounded("bias", view.change),
    ];
  });
  if (rows.length === 0)
    return html`<p class="note">No sample with a label was judged, so how far it can be trusted is not known.</p>`;
  const names = ["Labelled", "Agrees", "Tells good from bad", "Bias, points"];
  return html`<div class="part"><h3>Against labels</h3>
<p class="note">Bounds hold at any number of samples, each pair at ${view.share("judge.confidence")}. Bias is the judge's score less the label's.</p>
${stackedTable("The judge against labels", [{ name: "Mode" }, ...names.map((name) => ({ name, numeric: true }))], rows)}</div>`;
}
