export { buildPlan, type PlanDependencies } from "./build-plan.js";
export { costOf, toMonth, type UnpricedModel, type WorkloadCost } from "./cost.js";
export { applySubset, costSubset, type PlanBody, type SubsetCost } from "./joint.js";
export { type Access, readAccess } from "./policy/access.js";
export { type ApprovalSubject, approvalsOf } from "./policy/approvals.js";
export { type Economics, readEconomics } from "./policy/economics.js";
export { loadPolicy, type Policy, tenantsOf } from "./policy/load-policy.js";
export { type WhatIfRow, whatIfRows } from "./what-if.js";
