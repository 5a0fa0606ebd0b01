import { formatUsd } from "../../shared/money.js";
import type { Template } from "../contract.js";
import { ExpressionFault } from "../expressions/fault.js";
import type { ParsedTemplate } from "../load/parse-template.js";
import type { TemplateProblem } from "../problem.js";
import { calculateRoi, type Roi } from "../roi/calculate-roi.js";
import { BASELINE, type CompiledEconomics, compileEconomics } from "../roi/economics.js";
import { Findings } from "./findings.js";

const CLAIM = "TOP-TEMPLATE-CLAIM";

/** Names that are no source: nobody could look them up. */
const NO_SOURCE =
  /^(n\/?a|none|internal|unknown|various|multiple sources|common knowledge|industry (standard|average|data|experience)|best practices?|(our |own )?(experience|estimates?))\b[\s.\w]{0,20}$/i;

/**
 * Whether the template claims no more than its arithmetic, its inputs and its evidence carry: with the defaults the
 * saving lies within `expected_cost_reduction`, figures that are not assumed have a source, no input is idle.
 */
export function checkClaims(parsed: ParsedTemplate): TemplateProblem[] {
  const findings = new Findings(parsed);
  const { template } = parsed;
  checkInputs(template, findings);
  checkSources(template, findings);
  checkRange(template, findings);
  const compiled = compiledOrNull(template);
  if (compiled === null) return findings.problems;
  checkUse(template, compiled, findings);
  checkArithmetic(template, findings);
  return findings.problems;
}

/** Faults of the form are reported by `checkForm`; here they only end the arithmetic. */
function compiledOrNull({ economics }: Template): CompiledEconomics | null {
  try {
    return compileEconomics(economics);
  } catch (error) {
    if (error instanceof ExpressionFault) return null;
    throw error;
  }
}

function checkInputs({ economics }: Template, findings: Findings): void {
  const seen = new Set<string>();
  for (const [index, input] of economics.inputs.entries()) {
    const path = ["economics", "inputs", index];
    if (seen.has(input.name) || input.name === BASELINE) {
      const message = "the name is taken";
      findings.at([...path, "name"], {
        code: CLAIM,
        message,
        found: `"${input.name}" again`,
        expected: "a name of its own",
      });
    }
    seen.add(input.name);
    const [least, most] = [input.minimum, input.maximum ?? Number.POSITIVE_INFINITY];
    if (input.default < least || input.default > most) {
      findings.at([...path, "default"], {
        code: CLAIM,
        message: "the default is out of range",
        found: String(input.default),
        expected: `${least} to ${most}`,
      });
    }
    if (input.basis !== "assumed" && input.source === undefined) {
      findings.at([...path, "basis"], {
        code: CLAIM,
        message: `a default that is ${input.basis} has no source`,
        found: "no source",
        expected: "a source, or the basis assumed",
      });
    }
  }
}

function checkSources({ economics, optimization, evidence }: Template, findings: Findings): void {
  const sources = [
    {
      path: ["optimization", "expected_cost_reduction", "source"],
      source: optimization.expectedCostReduction.source,
    },
    ...evidence.map(({ source }, index) => ({ path: ["evidence", index, "source"], source })),
    ...economics.inputs.map(({ source }, index) => ({
      path: ["economics", "inputs", index, "source"],
      source,
    })),
  ];
  for (const { path, source } of sources) {
    if (source === undefined || !NO_SOURCE.test(source.trim())) continue;
    findings.at(path, {
      code: CLAIM,
      message: "the source cannot be looked up",
      found: `"${source}"`,
      expected: "a URL, a paper with its number, a price row, a command",
    });
  }
}

function checkRange({ optimization, levers }: Template, findings: Findings): void {
  const { low, high } = optimization.expectedCostReduction;
  const path = ["optimization", "expected_cost_reduction"];
  const found = `${low} to ${high}`;
  if (low > high) {
    findings.at(path, {
      code: CLAIM,
      message: "the range is upside down",
      found,
      expected: "low at most high",
    });
  }
  if (levers.length === 0 && high > 0) {
    const message = "a template without a lever claims a saving";
    findings.at(path, { code: CLAIM, message, found, expected: "0 to 0, or the lever that computes it" });
  }
  if (levers.length > 0 && high === 0) {
    const message = "a template with a lever claims no saving";
    findings.at(path, { code: CLAIM, message, found, expected: "a range above 0, or lever: none" });
  }
  const mixed = [optimization.lever].flat();
  if (mixed.length > 1 && mixed.includes("none")) {
    const expected = "either none or lever ids";
    findings.at(["optimization", "lever"], {
      code: CLAIM,
      message: "none stands beside levers",
      found: mixed.join(", "),
      expected,
    });
  }
}

function checkUse({ economics }: Template, compiled: CompiledEconomics, findings: Findings): void {
  const used = new Set(Object.values(compiled).flatMap(({ names }) => names as string[]));
  for (const [index, { name }] of economics.inputs.entries()) {
    if (used.has(name)) continue;
    const message = "the input is used by no expression";
    findings.at(["economics", "inputs", index, "name"], {
      code: CLAIM,
      message,
      found: `"${name}"`,
      expected: "an input that matters",
    });
  }
}

/** Doubles of a percentage point or two are never compared more finely than this. */
const TOLERANCE = 1e-6;

function checkArithmetic(template: Template, findings: Findings): void {
  const roi = roiWithDefaults(template, findings);
  if (roi === null) return;
  checkEnds(template, findings);
  const { low, high } = template.optimization.expectedCostReduction;
  const saving = (found: string, expected: string): void =>
    findings.at(["economics", "projected_improvement"], {
      code: CLAIM,
      message: "the saving with the defaults does not fit",
      found,
      expected,
    });
  if (roi.baseline <= 0n) {
    findings.at(["economics", "baseline_calculation"], {
      code: CLAIM,
      message: "the baseline with the defaults is no bill",
      found: formatUsd(roi.baseline),
      expected: "more than 0",
    });
  } else if (template.levers.length === 0) {
    if (roi.saving > 0n) saving(formatUsd(roi.saving), "0 or less: without a lever no saving is claimed");
  } else if (roi.savingShare < low - TOLERANCE || roi.savingShare > high + TOLERANCE) {
    saving(
      `${formatUsd(roi.saving)}, ${percent(roi.savingShare)} of ${formatUsd(roi.baseline)}`,
      `${percent(low)} to ${percent(high)}, as expected_cost_reduction says`,
    );
  }
  if (roi.engineeringHours < 0 || roi.oneOff < 0n) {
    const found = `${roi.engineeringHours} hours, ${formatUsd(roi.oneOff)}`;
    const message = "the cost of the change is below zero";
    findings.at(["economics", "implementation_cost"], { code: CLAIM, message, found, expected: "0 or more" });
  }
}

/** Whoever sets an input to the end of its range gets a result, not a division by zero. */
function checkEnds(template: Template, findings: Findings): void {
  for (const [index, { name, minimum, maximum = minimum }] of template.economics.inputs.entries()) {
    for (const end of new Set([minimum, maximum])) {
      const fault = roiFault(template, new Map([[name, end]]));
      if (fault === null) continue;
      findings.at(["economics", "inputs", index], {
        code: CLAIM,
        message: `the arithmetic has no result with ${name} at ${end}`,
        found: fault.found,
        expected: "a result, a narrower range (minimum, maximum), or a guard such as x > 0 ? a / x : 0",
      });
    }
  }
}

function roiFault(template: Template, given: ReadonlyMap<string, number>): ExpressionFault | null {
  try {
    calculateRoi(template, given);
    return null;
  } catch (error) {
    if (error instanceof ExpressionFault) return error;
    throw error;
  }
}

function roiWithDefaults(template: Template, findings: Findings): Roi | null {
  const fault = roiFault(template, new Map());
  if (fault === null) return calculateRoi(template, new Map());
  const { found, expected } = fault;
  const message = "the arithmetic has no result with the defaults";
  findings.at(["economics"], { code: CLAIM, message, found, expected });
  return null;
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
