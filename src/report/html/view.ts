import { toFileShape } from "../../shared/case.js";
import type { Report } from "../contract.js";
import {
  formatChange,
  formatCount,
  formatDecimal,
  formatFactor,
  formatMoney,
  formatPoints,
  formatPrice,
  formatShare,
} from "../format.js";
import { type Html, html } from "./template.js";

/**
 * Shows values of report.json by their path (`verdict.planned_saving.value`, `actions.0.summary`). Each carries
 * the path as `data-path`, so that a test can hold the page against the file; nothing else on the page is data.
 */
export interface View {
  text(path: string): Html;
  /** The day of an instant, with the instant behind it. */
  day(path: string): Html;
  money(path: string): Html;
  /** Money of one call or answer. */
  price(path: string): Html;
  share(path: string): Html;
  /** Quality in points. */
  points(path: string): Html;
  /** Quality in points with the sign of a gain. */
  change(path: string): Html;
  count(path: string): Html;
  factor(path: string): Html;
  /** Three significant digits. */
  decimal(path: string): Html;
}

export function createView(report: Report): View {
  const root = toFileShape(report);
  const number = (format: (value: number) => string) => (path: string) => {
    const value = valueAt(root, path);
    if (value === null) return html`<span class="unknown" data-path="${path}">not known</span>`;
    if (typeof value !== "number") throw new TypeError(`${path} of the report is not a number`);
    return html`<data value="${value}" data-path="${path}">${format(value)}</data>`;
  };
  return {
    text: (path) => html`<span data-path="${path}">${String(valueAt(root, path) ?? "not known")}</span>`,
    day: (path) => {
      const instant = String(valueAt(root, path));
      return html`<time datetime="${instant}" data-path="${path}">${instant.slice(0, 10)}</time>`;
    },
    money: number(formatMoney),
    price: number(formatPrice),
    share: number(formatShare),
    points: number(formatPoints),
    change: number(formatChange),
    count: number(formatCount),
    factor: number(formatFactor),
    decimal: number(formatDecimal),
  };
}

export function valueAt(root: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    if (value === null || typeof value !== "object" || !(key in value)) {
      throw new TypeError(`the report has no ${path}`);
    }
    return (value as Readonly<Record<string, unknown>>)[key];
  }, root);
}
