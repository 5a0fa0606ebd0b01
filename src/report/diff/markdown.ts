import { toUsd } from "../../shared/money.js";
import { formatCount, formatMoney, formatShare } from "../format.js";
import { escapeMarkdown, table } from "../markdown/blocks.js";
import type { CostChange, CostComparison, CostTotals } from "./compare.js";
import type { GateResult } from "./gates.js";

/** By which a comment of ours is found again, so that there is one and it is kept up to date. */
export const COMMENT_MARKER = "<!-- tokenop-diff -->";

const ROWS_SHOWN = 20;
const BASIS = "USD a month, tokens at list price (estimated); a saving is negative.";

/** The verdict first, then gates and totals, then lines. */
export function diffMarkdown(comparison: CostComparison, gates: readonly GateResult[]): string {
  return `${[...head(comparison, gates), ...totals(comparison), ...lines(comparison)].join("\n\n")}\n`;
}

/** As `diffMarkdown`, for a pull request: marked, with the lines folded away. */
export function diffComment(comparison: CostComparison, gates: readonly GateResult[]): string {
  const details = [...totals(comparison), ...lines(comparison)].join("\n\n");
  const folded = `<details>\n<summary>Details</summary>\n\n${details}\n\n</details>`;
  return `${[COMMENT_MARKER, ...head(comparison, gates), folded].join("\n\n")}\n`;
}

/** One sentence: what the change costs or saves, and whether it passes. */
export function verdictOf({ baseline, optimized, change, changeShare }: CostComparison): string {
  const [from, to] = [formatMoney(toUsd(baseline.cost)), formatMoney(toUsd(optimized.cost))];
  if (change === 0n) return `LLM cost does not change: ${to} a month.`;
  const share = changeShare === null ? "" : ` (${formatShare(Math.abs(changeShare))})`;
  const size = formatMoney(Math.abs(toUsd(change)));
  return `LLM cost ${change < 0n ? "falls" : "rises"} by ${size} a month${share}: ${from} to ${to}.`;
}

function head(comparison: CostComparison, gates: readonly GateResult[]): string[] {
  const failed = gates.filter(({ holds }) => !holds);
  const mark = failed.length > 0 ? "\u274c" : comparison.change < 0n ? "\u2705" : "\u2139\ufe0f";
  const judged = gates.map(
    (gate) =>
      `- ${gate.holds ? "\u2705" : "\u274c"} \`${gate.text.replaceAll("`", "'")}\`: ${gateFigure(gate)}`,
  );
  return [
    `**${mark} ${escapeMarkdown(verdictOf(comparison))}**`,
    ...(judged.length === 0 ? [] : [judged.join("\n")]),
  ];
}

/** What a gate found, with its unit. */
export function gateFigure({ value, unit }: GateResult): string {
  if (value === null) return "cannot be told, because the baseline has nothing to compare with";
  return unit === "usd" ? `${formatMoney(value)} a month` : `${value.toFixed(2)} %`;
}

function totals({ baseline, optimized }: CostComparison): string[] {
  const row = (name: string, read: (totals: CostTotals) => string): string[] => [
    name,
    read(baseline),
    read(optimized),
  ];
  return [
    BASIS,
    table(
      ["A month", "Baseline", "Optimized"],
      [
        row("Cost", ({ cost }) => formatMoney(toUsd(cost))),
        row("Requests", ({ requests }) => formatCount(Math.round(requests))),
        row("Input tokens", ({ inputTokens }) => formatCount(Math.round(inputTokens))),
        row("Output tokens", ({ outputTokens }) => formatCount(Math.round(outputTokens))),
      ],
    ),
  ];
}

function lines({ rows }: CostComparison): string[] {
  if (rows.length === 0) return ["No line differs."];
  const shown = rows
    .slice(0, ROWS_SHOWN)
    .map((row) => [
      row.cluster,
      nameOf(row),
      formatMoney(toUsd(row.baseline.cost)),
      formatMoney(toUsd(row.optimized.cost)),
      formatMoney(toUsd(row.change)),
    ]);
  const more = rows.length > ROWS_SHOWN ? [`${rows.length - ROWS_SHOWN} more lines differ.`] : [];
  return [table(["Cluster", "Model", "Baseline", "Optimized", "Change"], shown), ...more];
}

/** Provider and model; batched calls say so. */
export const nameOf = ({
  provider,
  model,
  batch,
}: Pick<CostChange, "provider" | "model" | "batch">): string =>
  `${provider}/${model}${batch ? " (batch)" : ""}`;
