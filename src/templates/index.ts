export {
  type Condition,
  type ConditionState,
  evaluateCondition,
  type Measurement,
  parseCondition,
} from "./conditions/condition.js";
export type { FactValues, MatchResult } from "./contract.js";
export { compileExpression, type Expression, type Kind, type Value } from "./expressions/compile.js";
export { ExpressionFault } from "./expressions/fault.js";
export { folderOf, type LintOptions, lintTemplates } from "./lint/lint-catalogue.js";
export {
  type CatalogueEntry,
  loadCatalogue,
  type Origin,
  readTemplates,
  SHIPPED,
} from "./load/load-templates.js";
export { type ParsedTemplate, parseTemplate } from "./load/parse-template.js";
export { matchTemplate } from "./match/match-template.js";
export { placeOf, type TemplateProblem, templateError } from "./problem.js";
export { calculateRoi, type Roi, type RoiInput } from "./roi/calculate-roi.js";
export { searchCatalogue } from "./search.js";
