import {
  type CostComparison,
  compareCosts,
  type GateResult,
  gateFigure,
  judgeGates,
  parseGate,
  readCostRows,
} from "../report/diff/index.js";
import { readText } from "../shared/artifact.js";
import { GateError, type TokenOpError } from "../shared/errors.js";

export interface DiffOptions {
  /** `baseline.csv`, `optimized.csv` or `report.json`. */
  readonly baseline: string;
  readonly optimized: string;
  /** What must not happen: `cost-increase>5%`. */
  readonly failOn: readonly string[];
}

export interface DiffResult {
  readonly comparison: CostComparison;
  readonly gates: readonly GateResult[];
  /** The gates that did not hold; null where all do. */
  readonly shortfall: TokenOpError | null;
}

/** Compares the costs of two runs or two periods, and judges the gates. */
export async function diff({ baseline, optimized, failOn }: DiffOptions): Promise<DiffResult> {
  const gates = failOn.map(parseGate);
  const [before, after] = await Promise.all(
    [baseline, optimized].map(async (path) => readCostRows(await readText(path, "TOP-DIFF-FILE", FIX), path)),
  );
  const comparison = compareCosts(before!, after!);
  const judged = judgeGates(gates, comparison);
  return { comparison, gates: judged, shortfall: shortfallOf(judged) };
}

const FIX = "Write it: tokenop report --format csv,json";

function shortfallOf(gates: readonly GateResult[]): TokenOpError | null {
  const failed = gates.filter(({ holds }) => !holds);
  if (failed.length === 0) return null;
  return new GateError({
    code: "TOP-DIFF-FAILED",
    message: `${failed.length} of ${gates.length} gates did not hold.`,
    found: failed.map((gate) => `${gate.text}: ${gateFigure(gate)}`).join("; "),
    fix: "Change less, or change the gate if the cost is wanted.",
  });
}
