import type { Report } from "../contract.js";
import { formatPoints } from "../format.js";
import type { Html } from "../html/template.js";
import type { Plotter } from "./plotter.js";

type Certificate = Report["certificates"][number];

const HEIGHT = 190;

/**
 * The confidence sequence over pairs: band between the bounds, line at the mean, dashed line at the allowed loss.
 * Early bounds reach far beyond anything that matters, so the view is cut around margin and last bounds.
 */
export function drawConfidence(
  { plot, draw }: Plotter,
  description: string,
  row: Certificate,
  width: number,
): Html {
  const [low, high] = viewOf(row);
  const clamp = (value: number) => Math.min(high, Math.max(low, value));
  const path = row.path.map((step) => ({
    n: step.n,
    difference: clamp(step.difference * 100),
    lower: clamp(step.lower * 100),
    upper: clamp(step.upper * 100),
  }));
  const look = row.verdict === "certified" ? "ok" : row.verdict === "rejected" ? "bad" : "wait";
  const margin = -row.margin * 100;
  return draw(description, {
    width,
    height: HEIGHT,
    marginLeft: 34,
    marginRight: 14,
    marginTop: 10,
    marginBottom: 34,
    x: { label: null, domain: [0, row.n], ticks: 4, tickSize: 0, tickPadding: 8 },
    y: { label: null, domain: [low, high], ticks: 5, tickSize: 0, tickPadding: 8 },
    marks: [
      plot.axisX({ ticks: 4, tickSize: 0, fontSize: 12, fill: "var(--muted)", label: null }),
      plot.axisY({ ticks: 4, tickSize: 0, fontSize: 12, fill: "var(--muted)", label: null }),
      plot.ruleY([0], { stroke: "var(--line-strong)" }),
      plot.areaY(path, { x: "n", y1: "lower", y2: "upper", fill: `var(--${look}-soft)` }),
      plot.lineY(path, { x: "n", y: "lower", stroke: `var(--${look})`, strokeWidth: 1.2 }),
      plot.lineY(path, { x: "n", y: "difference", stroke: "currentColor", strokeWidth: 1.8 }),
      plot.ruleY([margin], { stroke: "currentColor", strokeDasharray: "5 4" }),
      plot.text([margin], {
        y: (value: number) => value,
        text: () => `allowed loss ${formatPoints(row.margin)}`,
        frameAnchor: "right",
        textAnchor: "end",
        dy: 11,
        dx: -2,
        fontSize: 12,
        stroke: "var(--paper)",
        strokeWidth: 4,
        fill: "currentColor",
      }),
    ],
  });
}

/** Points shown: at least twice the margin and the last bounds with some air. */
function viewOf(row: Certificate): readonly [number, number] {
  const air = 1.25;
  const low = Math.min(-2 * row.margin, row.lower * air, (row.difference ?? 0) * air);
  const high = Math.max(row.margin, row.upper * air, (row.difference ?? 0) * air);
  return [Math.max(-1, low) * 100, Math.min(1, high) * 100];
}
