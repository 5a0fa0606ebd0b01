import { nearest } from "../../shared/nearest.js";
import { LAYER_FOLDERS, type Template } from "../contract.js";
import type { ParsedTemplate } from "../load/parse-template.js";
import type { TemplateProblem } from "../problem.js";
import { checkBody } from "./check-body.js";
import { checkClaims } from "./check-claims.js";
import { checkForm } from "./check-form.js";
import { checkSteps } from "./check-steps.js";
import { Findings } from "./findings.js";

export interface LintOptions {
  /** Ids of every lever there is. */
  readonly leverIds: readonly string[];
  /** Ids that exist beside the templates that are checked, such as those of the shipped catalogue. */
  readonly otherIds?: readonly string[];
}

/** Everything that can be wrong with templates, each alone and together; empty where they are fit to ship. Pure. */
export function lintTemplates(parsed: readonly ParsedTemplate[], options: LintOptions): TemplateProblem[] {
  const ids = parsed.map(({ template }) => template.id);
  const known = [...new Set([...ids, ...(options.otherIds ?? [])])];
  return parsed
    .flatMap((one, index) => {
      const findings = new Findings(one);
      checkPlace(one.template, findings);
      checkUnique(one.template, parsed.slice(0, index), findings);
      checkReferences(one.template, known, findings);
      checkLevers(one.template, options.leverIds, findings);
      return [
        ...findings.problems,
        ...checkForm(one),
        ...checkClaims(one),
        ...checkSteps(one),
        ...checkBody(one),
      ];
    })
    .sort((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column);
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** The folder that templates of these layers stand in. */
export function folderOf(layers: readonly string[]): string {
  return layers.length > 1 ? "cross-layer" : `${layers[0]}-layer`;
}

function checkPlace({ id, layers, file }: Template, findings: Findings): void {
  const code = "TOP-TEMPLATE-PLACE";
  const [folder, name] = file.split(/[\\/]/).slice(-2);
  if ((name ?? folder) !== `${id}.md`) {
    const found = `"${name ?? folder}"`;
    findings.at(["id"], { code, message: "the file is not named after the id", found, expected: `${id}.md` });
  }
  const wanted = folderOf(layers);
  if (folder === wanted || !(LAYER_FOLDERS as readonly string[]).includes(folder ?? "")) return;
  const message = "the folder is not that of the layer";
  findings.at(["layer"], {
    code,
    message,
    found: `${folder}, for ${layers.join(" and ")}`,
    expected: wanted,
  });
}

function checkUnique({ id }: Template, before: readonly ParsedTemplate[], findings: Findings): void {
  const same = before.find(({ template }) => template.id === id);
  if (same === undefined) return;
  const found = `"${id}", as in ${same.template.file}`;
  findings.at(["id"], {
    code: "TOP-TEMPLATE-DUPLICATE",
    message: "the id is taken",
    found,
    expected: "an id of its own",
  });
}

const REFERENCES = [
  ["conflicts_with", "conflictsWith"],
  ["requires", "requires"],
  ["synergizes_with", "synergizesWith"],
] as const;

function checkReferences({ id, optimization }: Template, known: readonly string[], findings: Findings): void {
  const code = "TOP-TEMPLATE-REFERENCE";
  for (const [field, property] of REFERENCES) {
    for (const [index, other] of optimization[property].entries()) {
      const path = ["optimization", field, index];
      if (other === id) {
        const message = "the template names itself";
        findings.at(path, { code, message, found: `"${other}"`, expected: "another template" });
      } else if (!known.includes(other)) {
        const meant = nearest(other, known);
        const expected = meant === null ? "the id of a template" : `"${meant}", the nearest id`;
        findings.at(path, { code, message: "there is no such template", found: `"${other}"`, expected });
      }
    }
  }
  for (const [index, other] of optimization.conflictsWith.entries()) {
    if (![...optimization.requires, ...optimization.synergizesWith].includes(other)) continue;
    const message = "the template both conflicts with another and builds on it";
    findings.at(["optimization", "conflicts_with", index], {
      code,
      message,
      found: `"${other}"`,
      expected: "one or the other",
    });
  }
}

function checkLevers({ levers, optimization }: Template, known: readonly string[], findings: Findings): void {
  for (const lever of levers) {
    if (known.includes(lever)) continue;
    const index = Array.isArray(optimization.lever) ? [optimization.lever.indexOf(lever)] : [];
    const meant = nearest(lever, known);
    findings.at(["optimization", "lever", ...index], {
      code: "TOP-TEMPLATE-REFERENCE",
      message: "there is no such lever",
      found: `"${lever}"`,
      expected: `${meant === null ? "" : `"${meant}", or `}one of ${[...known].sort().join(", ")}, none`,
    });
  }
}
