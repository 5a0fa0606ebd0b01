import type { Plotter } from "../charts/plotter.js";
import type { Report } from "../contract.js";
import { type Html, html, type Slot } from "./template.js";
import type { View } from "./view.js";

/** What every section draws from. */
export interface Page {
  readonly report: Report;
  readonly view: View;
  readonly plotter: Plotter;
}

/** `lead` is one paragraph each: what the section says and how to read it. */
export function section(id: string, title: string, lead: readonly Slot[], body: Slot): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<div class="lead"><h2 id="${id}-title">${title}</h2>${lead.filter(Boolean).map((paragraph) => html`<p>${paragraph}</p>`)}</div>
<div class="body">${body}</div>
</section>
`;
}

/** A chart, how to read it, and the numbers behind it. */
export function figure(title: string, chart: Slot, caption: Slot, data: Slot): Html {
  return html`<figure><figcaption><strong>${title}</strong> ${caption}</figcaption>${chart}${data}</figure>`;
}

export interface Column {
  readonly name: string;
  readonly numeric?: boolean;
}

/** A table that scrolls inside itself on a narrow screen. */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Slot[])[]): Html {
  const align = (index: number) => (columns[index]?.numeric ? html` class="n"` : "");
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${columns.map((column, index) => html`<th scope="col"${align(index)}>${column.name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, index) => html`<td${align(index)}>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

/**
 * A table whose first column is long text: on a narrow screen each row becomes a block with its figures under the text.
 * The roles say that it is still a table, which a changed display would hide from assistive technology.
 */
export function stackedTable(
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly Slot[])[],
): Html {
  const align = (index: number) => (columns[index]?.numeric ? html` class="n"` : "");
  const name = (index: number) => index > 0 && html` data-label="${columns[index]!.name}"`;
  return html`<table class="stack" role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${columns.map((column, index) => html`<th scope="col" role="columnheader"${align(index)}>${column.name}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => html`<tr role="row">${row.map((cell, index) => html`<td role="cell"${align(index)}${name(index)}>${cell}</td>`)}</tr>`)}</tbody>
</table>`;
}

/** One line of a `dl` of class `pairs`. */
export const definition = (name: string, value: Slot): Html =>
  html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

/** The numbers behind a chart, folded away. */
export const dataTable = (
  label: string,
  columns: readonly Column[],
  rows: readonly (readonly Slot[])[],
): Html => html`<details><summary>Numbers</summary>${table(label, columns, rows)}</details>`;

const MARKS: Readonly<
  Record<string, { readonly sign: string; readonly look: string; readonly word: string }>
> = {
  certified: { sign: "✓", look: "ok", word: "Certified" },
  partly_certified: { sign: "◐", look: "ok", word: "Partly certified" },
  rejected: { sign: "✕", look: "bad", word: "Rejected" },
  futile: { sign: "–", look: "quiet", word: "Futile" },
  inconclusive: { sign: "…", look: "wait", word: "Inconclusive" },
  untested: { sign: "○", look: "wait", word: "Not tested" },
  uncertified: { sign: "○", look: "wait", word: "Not certified" },
  optimal: { sign: "✓", look: "ok", word: "Proven optimal" },
  gap: { sign: "…", look: "wait", word: "Not proven optimal" },
  nothing_to_do: { sign: "=", look: "quiet", word: "Nothing to change" },
  unclaimed: { sign: "○", look: "quiet", word: "No claim" },
  trusted: { sign: "✓", look: "ok", word: "Used" },
  set_aside: { sign: "✕", look: "bad", word: "Set aside" },
  spend_only: { sign: "○", look: "quiet", word: "Spend only" },
};

/** A verdict as sign, word and colour; the word alone says it. */
export function badge(verdict: string): Html {
  const mark = MARKS[verdict] ?? { sign: "○", look: "quiet", word: verdict };
  return html`<span class="badge ${mark.look}"><span aria-hidden="true">${mark.sign}</span> ${mark.word}</span>`;
}
