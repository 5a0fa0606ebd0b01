import {
  comparisonJson,
  type DiffResult,
  diffComment,
  diffMarkdown,
  gateFigure,
  nameOf,
  verdictOf,
} from "../../pipeline.js";
import { formatUsd } from "../../shared/money.js";
import { plural } from "./format.js";
import { table } from "./table.js";

const ROWS_SHOWN = 20;

/** stdout of `tokenop diff --format json`. */
export function diffJson({ comparison, gates }: DiffResult): unknown {
  return {
    ...comparisonJson(comparison),
    gates: gates.map(({ text, metric, value, limit, unit, holds }) => ({
      gate: text,
      metric,
      value,
      limit,
      unit,
      holds,
    })),
  };
}

/** Whether there is nothing worth saying: a change below the threshold, and no gate that failed. */
export function isSilent({ comparison, shortfall }: DiffResult, below: number | undefined): boolean {
  if (below === undefined || shortfall !== null) return false;
  const { changeShare, change } = comparison;
  return changeShare === null ? change === 0n : Math.abs(changeShare) < below;
}

export function renderDiff(result: DiffResult, format: string): string {
  const { comparison, gates } = result;
  if (format === "markdown") return diffMarkdown(comparison, gates).trimEnd();
  if (format === "github-comment") return diffComment(comparison, gates).trimEnd();
  return renderTable(result);
}

function renderTable({ comparison, gates }: DiffResult): string {
  const rows = comparison.rows
    .slice(0, ROWS_SHOWN)
    .map((row) => [
      row.cluster,
      nameOf(row),
      formatUsd(row.baseline.cost),
      formatUsd(row.optimized.cost),
      formatUsd(row.change),
    ]);
  const more = comparison.rows.length - ROWS_SHOWN;
  return [
    verdictOf(comparison),
    ...gates.map((gate) => `${gate.holds ? "holds" : "FAILS"}  ${gate.text}: ${gateFigure(gate)}`),
    ...(rows.length === 0
      ? []
      : ["", table(["cluster", "model", "baseline", "optimized", "change"], rows, ALIGN)]),
    ...(more > 0 ? [`... and ${plural(more, "more line")}`] : []),
    "USD a month, tokens at list price (estimated).",
  ].join("\n");
}

const ALIGN = ["left", "left", "right", "right", "right"] as const;
