import type { CatalogueEntry, LintResult } from "../../pipeline.js";
import { toFileShape } from "../../shared/case.js";
import { UsageError } from "../../shared/errors.js";
import { FACTS, type Template } from "../../templates/contract.js";
import { number, percent, plural, whole } from "./format.js";
import { table } from "./table.js";

/** stdout of `tokenop templates list --json`. */
export function listJson(entries: readonly CatalogueEntry[]): unknown {
  return {
    templates: entries.map(({ template, origin }) => {
      const { low, high, of, basis } = template.optimization.expectedCostReduction;
      return {
        id: template.id,
        name: template.name,
        description: template.description,
        layers: template.layers,
        category: template.category,
        levers: template.levers,
        expected_cost_reduction: { low, high, of, basis },
        effort_estimate: template.optimization.effortEstimate,
        risk_level: template.optimization.riskLevel,
        version: template.version,
        origin,
      };
    }),
  };
}

export function renderList(entries: readonly CatalogueEntry[], search: string | undefined): string {
  if (entries.length === 0) {
    return search === undefined
      ? "No template is of this layer and category."
      : `No template mentions every word of "${search}".`;
  }
  const rows = entries.map(({ template, origin }) => [
    template.id,
    template.layers.join("+"),
    template.category,
    claimOf(template),
    template.optimization.effortEstimate,
    template.optimization.riskLevel,
    origin === "own" ? "own" : "",
  ]);
  const head = ["template", "layer", "category", "expected saving", "effort", "risk", ""];
  return (
    `${table(head, rows, ["left", "left", "left", "right", "left", "left", "left"])}\n\n` +
    `${plural(entries.length, "template")}. A saving is a share of the bill that the template names, by its own ` +
    "arithmetic; tokenop plan computes it on your events."
  );
}

function claimOf({ levers, optimization }: Template): string {
  if (levers.length === 0) return "none of its own";
  const { low, high } = optimization.expectedCostReduction;
  return `${whole(low * 100)} to ${whole(high * 100)} %`;
}

/** stdout of `tokenop templates info --json`. */
export function infoJson({ template, origin }: CatalogueEntry): unknown {
  const { body, file, layers, levers: _levers, environmentMatch, ...rest } = template;
  const { id, name, description, ...others } = toFileShape(rest) as Record<string, unknown>;
  const environment = Object.fromEntries(environmentMatch.map(({ fact, wanted }) => [fact, wanted]));
  return {
    origin,
    file,
    frontmatter: { id, name, description, layer: layers, environment_match: environment, ...others },
    body,
  };
}

export function renderInfo({ template, origin }: CatalogueEntry): string {
  const { optimization, economics, implementation, monitoring, evidence } = template;
  const { expectedCostReduction: claim } = optimization;
  const head = [
    `${template.name} (${template.id} ${template.version}, ${template.lastUpdated}${origin === "own" ? ", your own" : ""})`,
    template.description,
    "",
    `Layer ${template.layers.join(" and ")}; category ${template.category}; effort ${optimization.effortEstimate}; ` +
      `risk ${optimization.riskLevel}.`,
    `What it does: ${optimization.technique}`,
    template.levers.length === 0
      ? "Saving: none of its own; it enables other changes."
      : `Saving: ${percent(claim.low)} to ${percent(claim.high)} of ${claim.of} (${words(claim.basis)}: ${claim.source}).`,
    template.levers.length === 0 ? "Levers: none." : `Levers: ${template.levers.join(", ")}.`,
    ...relations(template),
    `Work: ${economics.implementationCost.engineeringHours} engineering hours at USD ${economics.implementationCost.hourlyRate}.`,
  ];
  return [
    head.join("\n"),
    `Applies where\n${environmentRows(template)}`,
    `Inputs of its arithmetic\n${inputRows(template)}`,
    `Steps\n${implementation.automatedSteps.map((step, index) => `  ${index + 1}. ${step.description}`).join("\n")}`,
    `Watch\n${metricRows(template)}`,
    `Roll back\n${monitoring.rollbackTriggers.map(({ condition, action }) => `  ${condition}: ${words(action)}`).join("\n")}`,
    `Evidence\n${evidence.map(({ claim, source, basis }) => `  ${claim} (${words(basis)}: ${source})`).join("\n")}`,
    template.body.trim(),
  ].join("\n\n");
}

/** `list_price` as people write it. */
const words = (identifier: string): string => identifier.replaceAll("_", " ");

function relations({ optimization }: Template): string[] {
  const { requires, conflictsWith, synergizesWith } = optimization;
  const named = [
    ["Requires", requires],
    ["Conflicts with", conflictsWith],
    ["Works well with", synergizesWith],
  ] as const;
  return named.filter(([, ids]) => ids.length > 0).map(([label, ids]) => `${label}: ${ids.join(", ")}.`);
}

function environmentRows({ environmentMatch }: Template): string {
  const rows = environmentMatch.map(({ fact, wanted }) => {
    const about = FACTS.find(({ name }) => name === fact);
    const text =
      typeof wanted === "object"
        ? wanted.join(", ")
        : String(wanted === true ? "yes" : wanted === false ? "no" : wanted);
    return [`  ${fact}`, text, about?.meaning ?? ""];
  });
  return table(["  fact", "wanted", "meaning"], rows, ["left", "left", "left"]);
}

function metricRows({ monitoring }: Template): string {
  const rows = monitoring.keyMetrics.map((metric) => [
    `  ${metric.name}`,
    metric.target,
    metric.alertThreshold,
    metric.unit,
  ]);
  return table(["  metric", "target", "alert", "unit"], rows, ["left", "left", "left", "left"]);
}

function inputRows({ economics }: Template): string {
  const rows = economics.inputs.map((input) => [
    `  ${input.name}`,
    number(input.default),
    input.unit,
    words(input.basis),
    input.description,
  ]);
  return table(["  name", "default", "unit", "basis", "meaning"], rows, [
    "left",
    "right",
    "left",
    "left",
    "left",
  ]);
}

/** stdout of `tokenop templates lint --json`. */
export const lintJson = ({ checked, problems }: LintResult): unknown => ({
  checked,
  problems: problems.map(({ code, file, line, column, field, message, found, expected, fix }) => ({
    code,
    file,
    line,
    column,
    field,
    message,
    found,
    expected,
    fix,
  })),
});

export function renderLint({ checked, problems }: LintResult): string {
  const lines = problems.map(
    ({ file, line, column, code, field, message, found, expected }) =>
      `${file}:${line}:${column}: ${code}: ${field === "" ? "" : `${field}: `}${message}.\n` +
      `  Found ${found}; expected ${expected}.`,
  );
  const summary = `${plural(checked, "template")} checked, ${plural(problems.length, "problem")}.`;
  return [...lines, summary].join("\n");
}

/** Exit code 2 after the problems were printed; null where there is none. */
export function lintShortfall({ checked, problems }: LintResult): UsageError | null {
  if (problems.length === 0) return null;
  return new UsageError({
    code: "TOP-TEMPLATE-LINT",
    message: `${plural(problems.length, "problem")} in ${plural(checked, "template")}.`,
    found: "Each is listed with its file, line and column.",
    fix: "What is checked, and the format: docs/guide/templates.md.",
  });
}
