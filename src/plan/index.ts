export { buildPlan, type PlanDependencies } from "./build-plan.js";
export { costOf, toMonth, type UnpricedModel, type WorkloadCost } from "./cost.js";
export { applySubset, costSubset, type PlanBody, type SubsetCost } from "./joint.js";
export { loadPolicy, type Policy } from "./policy/load-policy.js";
export { type WhatIfRow, whatIfRows } from "./what-if.js";
