import type { Template } from "../contract.js";
import { compileExpression, type Expression, type Kind } from "../expressions/compile.js";
import { ExpressionFault } from "../expressions/fault.js";

type Economics = Template["economics"];

/** Name of the result of `baseline_calculation` in `projected_improvement`. */
export const BASELINE = "baseline";

/** The expressions of a template's economics: where each stands in the file, and what it may use beside the inputs. */
export const ECONOMIC_PARTS = {
  baseline: {
    path: ["baseline_calculation"],
    text: (given: Economics) => given.baselineCalculation,
    extra: [],
  },
  saving: {
    path: ["projected_improvement"],
    text: (given: Economics) => given.projectedImprovement,
    extra: [BASELINE],
  },
  engineeringHours: {
    path: ["implementation_cost", "engineering_hours"],
    text: (given: Economics) => given.implementationCost.engineeringHours,
    extra: [],
  },
  otherOneOff: {
    path: ["implementation_cost", "other_one_off_usd"],
    text: (given: Economics) => given.implementationCost.otherOneOffUsd,
    extra: [],
  },
} as const;

export type EconomicPart = keyof typeof ECONOMIC_PARTS;
export type CompiledEconomics = Readonly<Record<EconomicPart, Expression>>;

/** @throws ExpressionFault with the position in that expression. */
export function compilePart(economics: Economics, part: EconomicPart): Expression {
  const { text, extra } = ECONOMIC_PARTS[part];
  const names = [...economics.inputs.map(({ name }) => name), ...extra];
  const kinds = new Map<string, Kind>(names.map((name) => [name, "number"]));
  const expression = compileExpression(String(text(economics)), kinds);
  if (expression.kind === "boolean") throw new ExpressionFault(0, "true or false", "an amount");
  return expression;
}

/** @throws ExpressionFault of the first part that does not compile; none for a template that was loaded. */
export function compileEconomics(economics: Economics): CompiledEconomics {
  return {
    baseline: compilePart(economics, "baseline"),
    saving: compilePart(economics, "saving"),
    engineeringHours: compilePart(economics, "engineeringHours"),
    otherOneOff: compilePart(economics, "otherOneOff"),
  };
}
