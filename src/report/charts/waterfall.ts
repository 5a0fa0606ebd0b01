import type { Report } from "../contract.js";
import { formatMoney, shorten } from "../format.js";
import type { Html } from "../html/template.js";
import { labelSize, lettersIn, type Plotter } from "./plotter.js";

const ROW_HEIGHT = 46;
const LABEL_HEIGHT = 23;

type Step = Report["waterfall"][number];
type Layers = Report["layers"];

interface Row {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly shown: string;
  readonly look: "total" | "layer" | "certified" | "planned";
  readonly color: string;
}

/**
 * Each saving starts where the one before ended. Steps stand under their layer's name and subtotal, in its colour;
 * certified ones are solid, the others outlined.
 */
export function drawWaterfall(
  { plot, draw }: Plotter,
  description: string,
  steps: readonly Step[],
  layers: Layers,
  width: number,
): Html {
  const rows = placeSteps(steps, layers, width);
  const bar = { x1: "from", x2: "to", y: "index", insetTop: LABEL_HEIGHT, insetBottom: 9, rx: 2 };
  const looking = (look: Row["look"]) => rows.filter((row) => row.look === look);
  const others = rows.filter((row) => row.look !== "layer");
  const label = { y: "index", dy: -11, fontSize: labelSize(width) };
  const left = { ...label, text: "name", frameAnchor: "left", textAnchor: "start" } as const;
  const right = {
    ...label,
    text: "shown",
    frameAnchor: "right",
    textAnchor: "end",
    fontVariant: "tabular-nums",
  } as const;
  const subtotal = { fill: (row: Row) => row.color, fontWeight: 650, dy: 9 };
  return draw(description, {
    width,
    height: rows.length * ROW_HEIGHT,
    margin: 1,
    color: { type: "identity" },
    x: {
      axis: null,
      domain: [0, Math.max(...rows.map((row) => Math.max(row.from, row.to)), Number.MIN_VALUE)],
    },
    y: { axis: null, type: "band", domain: rows.map((row) => row.index), padding: 0 },
    marks: [
      plot.barX(looking("total"), { ...bar, fill: "var(--total)" }),
      plot.barX(looking("certified"), { ...bar, fill: (row: Row) => row.color }),
      plot.barX(looking("planned"), {
        ...bar,
        fill: (row: Row) => row.color,
        fillOpacity: 0.16,
        stroke: (row: Row) => row.color,
        strokeDasharray: "4 3",
      }),
      plot.text(looking("layer"), { ...left, ...subtotal }),
      plot.text(looking("layer"), { ...right, ...subtotal }),
      plot.text(others, left),
      plot.text(others, { ...right, fill: "var(--muted)" }),
    ],
  });
}

function placeSteps(steps: readonly Step[], layers: Layers, width: number): Row[] {
  const rows: Row[] = [];
  const place = (label: string, amount: number, row: Pick<Row, "from" | "to" | "look" | "color">) => {
    const shown = formatMoney(amount);
    const name = shorten(label, lettersIn(width) - shown.length - 2);
    rows.push({ ...row, index: rows.length, name, shown });
  };
  let level = 0;
  let layer: string | null = null;
  for (const step of steps) {
    const color = step.layer === null ? "currentColor" : `var(--${step.layer})`;
    const group = layers.find((candidate) => candidate.layer === step.layer);
    if (group !== undefined && step.layer !== layer)
      place(layerName(group.layer), -group.savingUsdMonth, { from: level, to: level, look: "layer", color });
    layer = step.layer;
    if (step.kind === "saving") {
      const to = level - step.amountUsdMonth;
      const look = step.certified ? "certified" : "planned";
      place(step.label, -step.amountUsdMonth, { from: level, to, look, color });
      level = to;
    } else {
      place(step.label, step.amountUsdMonth, { from: 0, to: step.amountUsdMonth, look: "total", color });
      level = step.amountUsdMonth;
    }
  }
  return rows;
}

/** `Application layer`. */
const layerName = (layer: string): string => `${layer.charAt(0).toUpperCase()}${layer.slice(1)} layer`;
