export { buildReport } from "./build/build-report.js";
export { COST_COLUMNS, DIFF_COLUMNS } from "./csv.js";
export { FOCUS_FILE, focusCsv } from "./focus.js";
export { FOCUS, REPORT_FORMATS, renderReports } from "./registry.js";
