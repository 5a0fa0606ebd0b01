import type { PlotOptions } from "@observablehq/plot";
import { type Html, html, trusted } from "../html/template.js";

export type PlotLibrary = typeof import("@observablehq/plot");

/** Draws one chart as inline SVG. The table behind it says the same to a reader who cannot see it. */
export interface Plotter {
  readonly plot: PlotLibrary;
  draw(description: string, options: PlotOptions): Html;
}

/** Charts that must be readable on a phone and on a wide screen are drawn twice; the style sheet shows one. */
export const NARROW = 340;
export const WIDE = 720;

/** Wide charts are scaled down on a middling screen, so their letters start larger. */
export const labelSize = (width: number): number => (width >= WIDE ? 14 : 13);

/** About how many letters fit: a letter takes some 0.56 of its height. */
export const lettersIn = (width: number): number => Math.floor(width / (labelSize(width) * 0.56));

/** Loads the chart library and a document for it, on the first report only: both are slow to import. */
export async function loadPlotter(): Promise<Plotter> {
  const [plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  return {
    plot,
    draw(description, options) {
      const svg = plot.plot({ ...options, document, className: "plot" });
      svg.removeAttribute("width");
      svg.removeAttribute("height");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", description);
      // Plot's own style sheet repeats in every chart; the page has it once.
      svg.querySelector("style")?.remove();
      return trusted(svg.outerHTML);
    },
  };
}

/** The same chart for both widths. */
export const responsive = (draw: (width: number) => Html): Html =>
  html`<div class="chart narrow">${draw(NARROW)}</div><div class="chart wide">${draw(WIDE)}</div>`;
