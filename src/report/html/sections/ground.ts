import { type Page, section, table } from "../parts.js";
import { type Html, html, type Slot } from "../template.js";

/** What the figures stand on: the bill, and what was assumed. */
export const groundSections = (page: Page): Slot => [billSection(page), assumptionSection(page)];

function billSection({ report, view }: Page): Slot {
  if (report.reconciliation.length === 0) return null;
  const rows = report.reconciliation.map((_, index) => {
    const path = `reconciliation.${index}`;
    return [
      html`${view.text(`${path}.provider`)}/${view.text(`${path}.model`)}`,
      view.text(`${path}.month`),
      view.money(`${path}.billed_usd`),
      view.money(`${path}.list_usd`),
      view.factor(`${path}.factor`),
    ];
  });
  return section(
    "bill",
    "Against the bill",
    [
      "Billed over list price, where the source knows what was billed. Savings on the bill scale by the factor.",
    ],
    table(
      "Billed cost against list price",
      [
        { name: "Model" },
        { name: "Month" },
        { name: "Billed", numeric: true },
        { name: "At list price", numeric: true },
        { name: "Factor", numeric: true },
      ],
      rows,
    ),
  );
}

function assumptionSection({ report, view }: Page): Html {
  const item = (_: unknown, index: number) =>
    html`<li>${view.text(`assumptions.${index}.text`)} <span class="basis">${view.text(`assumptions.${index}.basis`)}</span></li>`;
  const warnings =
    report.warnings.length > 0 &&
    html`<h3>Warnings</h3><ul class="plain">${report.warnings.map((_, index) => html`<li>${view.text(`warnings.${index}`)}</li>`)}</ul>`;
  return section(
    "assumptions",
    "What it rests on",
    [
      "Measured figures come from the bill, replayed ones from your own traffic, estimated ones from a model of it; assumed ones are yours to check.",
    ],
    [html`<ul class="plain">${report.assumptions.map(item)}</ul>`, warnings],
  );
}
