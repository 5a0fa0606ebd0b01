import { type Page, section } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

export function nextSection({ report, view }: Page): Html {
  const steps = report.nextSteps.map((_, index) => html`<li>${view.text(`next_steps.${index}`)}</li>`);
  const patches = report.patches.map(
    (_, index) =>
      html`<li><code>patches/${view.text(`patches.${index}.file`)}</code> ${view.text(`patches.${index}.summary`)}</li>`,
  );
  const note: Slot = report.patchNote !== null && html`<p>${view.text("patch_note")}</p>`;
  return section(
    "next",
    "Next steps",
    ["Most valuable first."],
    [
      steps.length > 0 ? html`<ol>${steps}</ol>` : html`<p>Nothing to do.</p>`,
      html`<h3>Patches</h3>`,
      patches.length > 0 && html`<ul class="plain">${patches}</ul>`,
      note,
    ],
  );
}
