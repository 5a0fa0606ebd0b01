import { toFileShape } from "../shared/case.js";
import { type ReportFormat, reportSchema } from "./contract.js";

export const json: ReportFormat = {
  id: "json",
  summary: "Every number of the report, for machines",
  files: ["report.json"],
  async render(report) {
    const shaped = reportSchema.parse(toFileShape(report));
    return [{ file: "report.json", text: `${JSON.stringify(shaped, null, 2)}\n` }];
  },
};
