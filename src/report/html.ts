import { loadPlotter } from "./charts/plotter.js";
import type { Report, ReportFormat } from "./contract.js";
import type { Page } from "./html/parts.js";
import { bestSections } from "./html/sections/best.js";
import { economicsSection } from "./html/sections/economics.js";
import { evidenceSection } from "./html/sections/evidence.js";
import { fleetsSection } from "./html/sections/fleets.js";
import { groundSections } from "./html/sections/ground.js";
import { judgeSection } from "./html/sections/judge.js";
import { nextSection } from "./html/sections/next.js";
import { operationsSection } from "./html/sections/operations.js";
import { planSections } from "./html/sections/plan.js";
import { spendSection } from "./html/sections/spend.js";
import { verdictSection } from "./html/sections/verdict.js";
import { STYLE } from "./html/style.js";
import { html as markup, trusted } from "./html/template.js";
import { createView } from "./html/view.js";

/** Forbids every request and every script: a report can be opened and forwarded without a second thought. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export const html: ReportFormat = {
  id: "html",
  summary: "One self-contained page with charts, for reading and forwarding",
  files: ["report.html"],
  async render(report) {
    const page: Page = { report, view: createView(report), plotter: await loadPlotter() };
    return [{ file: "report.html", text: renderPage(page) }];
  },
};

function renderPage(page: Page): string {
  const { report } = page;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${titleOf(report)}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
${report.simulated && markup`<div class="banner" role="note"><strong>Simulated.</strong> Models, prices or workload are simulated; nothing here is a claim about production.</div>`}
<main>
${verdictSection(page)}${spendSection(page)}${planSections(page)}${fleetsSection(page)}${economicsSection(page)}${bestSections(page)}${evidenceSection(page)}${operationsSection(page)}${judgeSection(page)}${groundSections(page)}${nextSection(page)}</main>
${footer(page)}
</body>
</html>
`.markup;
}

const titleOf = (report: Report): string =>
  `${report.simulated ? "Simulated: " : ""}${report.title} | TokenOp`;

function footer({ report, view }: Page) {
  const inputs = report.inputs.map(
    (_, index) =>
      markup`<li>${view.text(`inputs.${index}.name`)} <code>${view.text(`inputs.${index}.sha256`)}</code></li>`,
  );
  return markup`<footer>
<p>Prices: ${view.text("price_book.source")}, ${view.text("price_book.date")} (${view.text("price_book.id")}). Made ${view.text("run.created_at")} by TokenOp ${view.text("run.tokenop_version")}. Every figure stands in report.json.</p>
${inputs.length > 0 && markup`<details><summary>Inputs</summary><ul class="plain">${inputs}</ul></details>`}
</footer>`;
}
