/**
 * TokenOp as a library: the five stages as functions, and the pure cores that they call.
 *
 * Stages take their options and a `Context` (clock, environment, signal, log) and work on a workspace folder, as the
 * command line does. The pure functions take data and return data.
 */
export type { Collector } from "./collect/contract.js";
export { type CanonicalEvent, EVENT_COLUMNS, eventSchema } from "./events/contract.js";
export { validateEvent } from "./events/index.js";
export type { Effect, Lever } from "./levers/contract.js";
export type { Patch, PatchWriter } from "./patches/contract.js";
export * from "./pipeline.js";
export { planSchema, policySchema } from "./plan/contract.js";
export { buildPlan, costOf, costSubset, loadPolicy, whatIfRows } from "./plan/index.js";
export type { PriceBook, Rates, Usage } from "./pricing/contract.js";
export { createPriceBook, loadPriceBook, priceUsage } from "./pricing/index.js";
export { profileSchema, type Workload } from "./profile/contract.js";
export { reportSchema } from "./report/contract.js";
export { buildReport, renderReports } from "./report/index.js";
export { type Executor, evaluationSchema, type Grader } from "./run/contract.js";
export { type CertifyOptions, certify, GRADERS } from "./run/index.js";
export type { Context } from "./shared/context.js";
export { describeError, EXIT, TokenOpError } from "./shared/errors.js";
export { silentLogger } from "./shared/log.js";
export { formatExact, formatUsd, type PicoUsd, parseUsd } from "./shared/money.js";
export { FACTS, type FactValues, type Template, templateSchema } from "./templates/contract.js";
export {
  calculateRoi,
  compileExpression,
  evaluateCondition,
  loadCatalogue,
  matchTemplate,
  parseCondition,
  parseTemplate,
} from "./templates/index.js";
