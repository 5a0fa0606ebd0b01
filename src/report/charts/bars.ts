import { shorten } from "../format.js";
import type { Html } from "../html/template.js";
import { labelSize, lettersIn, type Plotter } from "./plotter.js";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value as people read it. */
  readonly shown: string;
}

const ROW_HEIGHT = 38;
/** The label stands above its bar, so that long names need no margin. */
const LABEL_HEIGHT = 21;

/** Horizontal bars in the order given, with name and value above each. */
export function drawBars(
  { plot, draw }: Plotter,
  description: string,
  bars: readonly Bar[],
  width: number,
): Html {
  const rows = bars.map((bar, index) => ({
    ...bar,
    index,
    name: shorten(bar.label, lettersIn(width) - bar.shown.length - 2),
  }));
  return draw(description, {
    width,
    height: rows.length * ROW_HEIGHT,
    margin: 0,
    x: { axis: null, domain: [0, Math.max(...rows.map((row) => row.value), Number.MIN_VALUE)] },
    y: { axis: null, type: "band", domain: rows.map((row) => row.index), padding: 0 },
    marks: [
      plot.barX(rows, {
        x: (row: (typeof rows)[number]) => row.value,
        y: "index",
        insetTop: LABEL_HEIGHT,
        insetBottom: 7,
        rx: 2,
        fill: "var(--accent)",
      }),
      plot.text(rows, {
        y: "index",
        text: "name",
        frameAnchor: "left",
        textAnchor: "start",
        dy: -9,
        fontSize: labelSize(width),
      }),
      plot.text(rows, {
        y: "index",
        text: "shown",
        frameAnchor: "right",
        textAnchor: "end",
        dy: -9,
        fontSize: labelSize(width),
        fill: "var(--muted)",
        fontVariant: "tabular-nums",
      }),
    ],
  });
}

const HOUR_HEIGHT = 132;
const HOURS_NAMED = new Set([0, 6, 12, 18, 23]);

/** Cost over the hours of a day; every sixth hour is named. */
export function drawHours(
  { plot, draw }: Plotter,
  description: string,
  bars: readonly Bar[],
  width: number,
): Html {
  const hours = bars.map((bar) => ({ hour: Number(bar.label), value: bar.value }));
  return draw(description, {
    width,
    height: HOUR_HEIGHT,
    margin: 0,
    marginBottom: 24,
    x: { axis: null, type: "band", domain: Array.from({ length: 24 }, (_, hour) => hour), padding: 0.22 },
    y: { axis: null, domain: [0, Math.max(...hours.map((row) => row.value), Number.MIN_VALUE)] },
    marks: [
      plot.barY(hours, { x: "hour", y: "value", fill: "var(--accent)", rx: 1.5 }),
      plot.ruleY([0], { stroke: "var(--line-strong)" }),
      plot.text([...HOURS_NAMED], {
        x: (hour: number) => hour,
        text: (hour: number) => `${hour}`.padStart(2, "0"),
        frameAnchor: "bottom",
        dy: 18,
        fontSize: 12,
        fill: "var(--muted)",
        fontVariant: "tabular-nums",
      }),
    ],
  });
}
