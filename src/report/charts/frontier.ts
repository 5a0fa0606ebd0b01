import type { Report } from "../contract.js";
import { formatShare } from "../format.js";
import type { Html } from "../html/template.js";
import type { Plotter } from "./plotter.js";

type Point = Report["frontier"][number];

const HEIGHT = 240;

const thousands = (usd: number): string => (usd >= 1000 ? `${usd / 1000}k` : `${usd}`);

/** Monthly cost against the quality budget that it puts at risk; between two points the cheaper one is not allowed yet. */
export function drawFrontier(
  { plot, draw }: Plotter,
  description: string,
  points: readonly Point[],
  width: number,
): Html {
  const rows = [...points]
    .sort((left, right) => left.qualityBudgetUsed - right.qualityBudgetUsed)
    .map((point) => ({
      risk: point.qualityBudgetUsed * 100,
      cost: point.costUsdMonth,
      chosen: point.chosen,
      label: `the plan: ${formatShare(-point.savingShare)} cost`,
    }));
  const reach = Math.max(...rows.map((row) => row.risk), 0.1);
  const label = {
    x: "risk",
    y: "cost",
    text: "label",
    fontSize: 12,
    stroke: "var(--paper)",
    strokeWidth: 4,
  } as const;
  const chosen = rows.filter((row) => row.chosen);
  // A label near the right edge grows to the left, or it would be cut.
  const isRight = (row: (typeof rows)[number]) => row.risk > reach * 0.6;
  return draw(description, {
    width,
    height: HEIGHT,
    marginLeft: 52,
    marginRight: 14,
    marginTop: 16,
    marginBottom: 34,
    x: { label: null, domain: [0, reach * 1.06] },
    y: { label: null, domain: [0, Math.max(...rows.map((row) => row.cost), Number.MIN_VALUE) * 1.1] },
    marks: [
      plot.axisX({ ticks: 5, tickSize: 0, fontSize: 12, fill: "var(--muted)", label: null }),
      plot.axisY({
        ticks: 4,
        tickSize: 0,
        fontSize: 12,
        fill: "var(--muted)",
        label: null,
        tickFormat: thousands,
      }),
      plot.gridY({ ticks: 4, stroke: "var(--line)", strokeOpacity: 1 }),
      plot.ruleY([0], { stroke: "var(--line-strong)" }),
      plot.lineY(rows, {
        x: "risk",
        y: "cost",
        curve: "step-after",
        stroke: "var(--accent)",
        strokeWidth: 2,
      }),
      plot.dot(rows, {
        x: "risk",
        y: "cost",
        r: 4.5,
        fill: "var(--paper)",
        stroke: "var(--accent)",
        strokeWidth: 2,
      }),
      plot.dot(chosen, { x: "risk", y: "cost", r: 6, fill: "var(--accent)" }),
      plot.text(
        chosen.filter((row) => !isRight(row)),
        { ...label, textAnchor: "start", dx: 8, dy: 18, fill: "currentColor" },
      ),
      plot.text(chosen.filter(isRight), {
        ...label,
        textAnchor: "end",
        dx: 4,
        dy: 18,
        fill: "currentColor",
      }),
    ],
  });
}
