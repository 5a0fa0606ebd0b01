import { exportCollector } from "../platform/export-collector.js";
import { asObject } from "../platform/fields.js";
import { normalise } from "./normalise.js";

/** Cost and usage exports in the FinOps Foundation's format: bills of any cloud, to reconcile with. */
export const focusCollector = exportCollector({
  id: "focus",
  title: "FOCUS",
  summary:
    "FOCUS cost and usage exports (1.0 to 1.3) of clouds and SaaS, CSV: charges of AI services by period",
  yields: ["statements"],
  grants: ["Read access to the named export files; no network."],
  cannotFill: [],
  exports: {
    summary: "reads charge rows of FOCUS exports whose service is an AI service",
    recognises: (row) => asObject(row)?.ChargePeriodStart !== undefined,
    normalise,
  },
});
