export { buildReport } from "./build/build-report.js";
export { COST_COLUMNS, DIFF_COLUMNS } from "./csv.js";
export { REPORT_FORMATS, renderReports } from "./registry.js";
