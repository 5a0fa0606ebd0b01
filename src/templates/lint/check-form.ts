import { parseCondition } from "../conditions/condition.js";
import type { Template } from "../contract.js";
import { compileExpression, type Kind } from "../expressions/compile.js";
import type { ParsedTemplate } from "../load/parse-template.js";
import { parseComparisons } from "../match/comparison.js";
import { conditionFault } from "../match/match-template.js";
import type { TemplateProblem } from "../problem.js";
import { compilePart, ECONOMIC_PARTS, type EconomicPart } from "../roi/economics.js";
import { Findings } from "./findings.js";

const EXPRESSION = "TOP-TEMPLATE-EXPRESSION";
const CONDITION = "TOP-TEMPLATE-CONDITION";

/**
 * Whether everything that a program will evaluate can be: environment conditions, expressions, success criteria,
 * thresholds and triggers. A template that fails here is not loaded.
 */
export function checkForm(parsed: ParsedTemplate): TemplateProblem[] {
  const findings = new Findings(parsed);
  checkEnvironment(parsed.template, findings);
  checkEconomics(parsed.template, findings);
  checkSteps(parsed.template, findings);
  checkMonitoring(parsed.template, findings);
  return findings.problems;
}

function checkEnvironment({ environmentMatch }: Template, findings: Findings): void {
  const code = "TOP-TEMPLATE-MATCH";
  if (environmentMatch.length === 0) {
    const message = "it says nowhere where the template applies";
    findings.at(["environment_match"], { code, message, found: "no condition", expected: "at least one" });
  }
  for (const condition of environmentMatch) {
    const fault = conditionFault(condition);
    if (fault === null) continue;
    findings.at(["environment_match", condition.fact], {
      code,
      message: "the condition cannot be judged",
      ...fault,
    });
  }
}

function checkEconomics({ economics }: Template, findings: Findings): void {
  for (const [part, { path }] of Object.entries(ECONOMIC_PARTS)) {
    findings.attempt(EXPRESSION, ["economics", ...path], () => compilePart(economics, part as EconomicPart));
  }
}

function checkSteps({ implementation }: Template, findings: Findings): void {
  for (const [index, { validation }] of implementation.automatedSteps.entries()) {
    const path = ["implementation", "automated_steps", index, "validation", "success_criteria"];
    const names = new Map<string, Kind>([
      ...validation.outputs.map((name) => [name, "any"] as const),
      ["exit_code", "number"] as const,
    ]);
    const criteria = findings.attempt(EXPRESSION, path, () =>
      compileExpression(validation.successCriteria, names),
    );
    if (criteria?.kind !== "number") continue;
    const message = "the criterion is an amount";
    findings.at(path, {
      code: EXPRESSION,
      message,
      found: "a number",
      expected: "a comparison, true or false",
    });
  }
}

function checkMonitoring({ monitoring }: Template, findings: Findings): void {
  const metrics = monitoring.keyMetrics.map(({ name }) => name);
  for (const [index, metric] of monitoring.keyMetrics.entries()) {
    const written = [
      ["target", metric.target],
      ["alert_threshold", metric.alertThreshold],
    ] as const;
    for (const [field, text] of written) {
      if (parseComparisons(text) !== null) continue;
      findings.at(["monitoring", "key_metrics", index, field], {
        code: CONDITION,
        message: "the threshold cannot be judged",
        found: `"${text}"`,
        expected: 'a comparison with a number, for example ">= 60%" or "< 800"',
      });
    }
  }
  for (const [index, { condition }] of monitoring.rollbackTriggers.entries()) {
    const path = ["monitoring", "rollback_triggers", index, "condition"];
    findings.attempt(CONDITION, path, () => parseCondition(condition, metrics));
  }
}
