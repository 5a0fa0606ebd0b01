import type { Report } from "../contract.js";
import { formatMoney, shorten } from "../format.js";
import type { Html } from "../html/template.js";
import { labelSize, lettersIn, type Plotter } from "./plotter.js";

type Economics = NonNullable<Report["economics"]>;

const ROW_HEIGHT = 46;
const LABEL_HEIGHT = 23;

/**
 * What each uncertainty alone does to the net present value: one bar from its low to its high end, the widest on top.
 * The whole line is the value with all at their middle; the dashed one is zero, left of which money is lost.
 */
export function drawTornado(
  { plot, draw }: Plotter,
  description: string,
  { tornado, npvMiddle }: Economics,
  width: number,
): Html {
  const rows = tornado.map((bar, index) => {
    const [from, to] = [Math.min(bar.npvLowUsd, bar.npvHighUsd), Math.max(bar.npvLowUsd, bar.npvHighUsd)];
    const shown = `${formatMoney(from)} to ${formatMoney(to)}`;
    return {
      index,
      from,
      to,
      atLow: bar.npvLowUsd,
      atHigh: bar.npvHighUsd,
      shown,
      name: shorten(bar.name, lettersIn(width) - shown.length - 2),
    };
  });
  const label = { y: "index", dy: -11, fontSize: labelSize(width) } as const;
  // Ticks stop short of the labels, which a line across the whole chart would cross out.
  const line = { y: "index", insetTop: LABEL_HEIGHT - 3, insetBottom: 4, stroke: "currentColor" } as const;
  const end = { y: "index", dy: 7, r: 5, stroke: "var(--accent)", strokeWidth: 2 } as const;
  return draw(description, {
    width,
    height: rows.length * ROW_HEIGHT,
    margin: 1,
    marginLeft: 7,
    marginRight: 7,
    x: { axis: null, domain: domainOf(rows) },
    y: { axis: null, type: "band", domain: rows.map((row) => row.index), padding: 0 },
    marks: [
      plot.barX(rows, {
        x1: "from",
        x2: "to",
        y: "index",
        insetTop: LABEL_HEIGHT,
        insetBottom: 9,
        rx: 2,
        fill: "var(--accent)",
        fillOpacity: 0.35,
      }),
      plot.tickX(rows, { ...line, x: () => 0, strokeDasharray: "4 3" }),
      plot.tickX(rows, { ...line, x: () => npvMiddle.value ?? 0 }),
      plot.dot(rows, { ...end, x: "atLow", fill: "var(--paper)" }),
      plot.dot(rows, { ...end, x: "atHigh", fill: "var(--accent)" }),
      plot.text(rows, { ...label, text: "name", frameAnchor: "left", textAnchor: "start" }),
      plot.text(rows, {
        ...label,
        text: "shown",
        frameAnchor: "right",
        textAnchor: "end",
        fill: "var(--muted)",
        fontVariant: "tabular-nums",
      }),
    ],
  });
}

/** Zero is always in view: how far a bar stays from a loss is what the chart is read for. */
function domainOf(rows: readonly { readonly from: number; readonly to: number }[]): [number, number] {
  const [low, high] = [
    Math.min(0, ...rows.map((row) => row.from)),
    Math.max(0, ...rows.map((row) => row.to)),
  ];
  return low === high ? [low - 1, high + 1] : [low, high];
}
