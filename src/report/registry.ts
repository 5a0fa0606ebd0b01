import { UsageError } from "../shared/errors.js";
import type { Report, ReportFile, ReportFormat } from "./contract.js";
import { csv } from "./csv.js";
import { html } from "./html.js";
import { json } from "./json.js";
import { markdown } from "./markdown.js";

/** Daily charges come from the workspace, not from the report: they are days times keys, and belong in no report.json. */
export const FOCUS = "focus";

export const REPORT_FORMATS: readonly ReportFormat[] = [html, markdown, csv, json];

/**
 * Renders the named formats; writing is the caller's. Equal reports give equal bytes.
 * Throws `TOP-REPORT-FORMAT` for a word that is no format.
 */
export async function renderReports(report: Report, formats: readonly string[]): Promise<ReportFile[]> {
  const chosen = [...new Set(formats)].map(findFormat);
  return (await Promise.all(chosen.map((format) => format.render(report)))).flat();
}

function findFormat(id: string): ReportFormat {
  const format = REPORT_FORMATS.find((candidate) => candidate.id === id);
  if (format !== undefined) return format;
  throw new UsageError({
    code: "TOP-REPORT-FORMAT",
    message: `--format ${JSON.stringify(id)} is not a report format.`,
    found: `Formats: ${[...REPORT_FORMATS.map((candidate) => candidate.id), FOCUS].join(", ")}.`,
    fix: "Example: tokenop report --format html,csv",
  });
}
