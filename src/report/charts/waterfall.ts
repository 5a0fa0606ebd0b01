import type { Report } from "../contract.js";
import { formatMoney, shorten } from "../format.js";
import type { Html } from "../html/template.js";
import { labelSize, lettersIn, type Plotter } from "./plotter.js";

const ROW_HEIGHT = 46;
const LABEL_HEIGHT = 23;

type Step = Report["waterfall"][number];

interface Row {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly shown: string;
  readonly look: "total" | "certified" | "planned";
}

/** Each saving starts where the one before ended. Certified steps are solid, the others outlined. */
export function drawWaterfall(
  { plot, draw }: Plotter,
  description: string,
  steps: readonly Step[],
  width: number,
): Html {
  const rows = placeSteps(steps, width);
  const bar = { x1: "from", x2: "to", y: "index", insetTop: LABEL_HEIGHT, insetBottom: 9, rx: 2 };
  const looking = (look: Row["look"]) => rows.filter((row) => row.look === look);
  return draw(description, {
    width,
    height: rows.length * ROW_HEIGHT,
    margin: 1,
    x: {
      axis: null,
      domain: [0, Math.max(...rows.map((row) => Math.max(row.from, row.to)), Number.MIN_VALUE)],
    },
    y: { axis: null, type: "band", domain: rows.map((row) => row.index), padding: 0 },
    marks: [
      plot.barX(looking("total"), { ...bar, fill: "var(--total)" }),
      plot.barX(looking("certified"), { ...bar, fill: "var(--ok)" }),
      plot.barX(looking("planned"), {
        ...bar,
        fill: "var(--wait-soft)",
        stroke: "var(--wait)",
        strokeDasharray: "4 3",
      }),
      plot.text(rows, {
        y: "index",
        text: "name",
        frameAnchor: "left",
        textAnchor: "start",
        dy: -11,
        fontSize: labelSize(width),
      }),
      plot.text(rows, {
        y: "index",
        text: "shown",
        frameAnchor: "right",
        textAnchor: "end",
        dy: -11,
        fontSize: labelSize(width),
        fill: "var(--muted)",
        fontVariant: "tabular-nums",
      }),
    ],
  });
}

function placeSteps(steps: readonly Step[], width: number): Row[] {
  let level = 0;
  return steps.map((step, index) => {
    const isSaving = step.kind === "saving";
    const from = isSaving ? level : 0;
    const to = isSaving ? level - step.amountUsdMonth : step.amountUsdMonth;
    level = to;
    const shown = formatMoney(isSaving ? -step.amountUsdMonth : step.amountUsdMonth);
    return {
      index,
      from,
      to,
      shown,
      name: shorten(step.label, lettersIn(width) - shown.length - 2),
      look: isSaving ? (step.certified ? "certified" : "planned") : "total",
    };
  });
}
