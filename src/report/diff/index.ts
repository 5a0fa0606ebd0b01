export { type CostComparison, compareCosts, comparisonJson } from "./compare.js";
export { GATE_METRICS, type GateResult, judgeGates, parseGate } from "./gates.js";
export { diffComment, diffMarkdown, gateFigure, nameOf, verdictOf } from "./markdown.js";
export { readCostRows } from "./read-rows.js";
