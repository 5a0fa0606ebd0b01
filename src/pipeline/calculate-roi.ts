import { UsageError } from "../shared/errors.js";
import { nearest } from "../shared/nearest.js";
import type { Template } from "../templates/contract.js";
import { type CatalogueEntry, calculateRoi, ExpressionFault, type Roi } from "../templates/index.js";
import { type CatalogueOptions, findTemplate } from "./templates.js";

export interface RoiOptions extends CatalogueOptions {
  readonly template: string;
  /** Sets the input `monthly_requests`. */
  readonly monthlyRequests?: number | undefined;
  /** `name=value`, one an input; a value may be a percentage. */
  readonly set?: readonly string[] | undefined;
}

export interface RoiResult extends CatalogueEntry {
  readonly roi: Roi;
}

const MONTHLY_REQUESTS = "monthly_requests";

/**
 * A template's own arithmetic on the user's figures. No events, no prices: a first look, which `plan` replaces by a
 * replay.
 *
 * @throws UsageError TOP-TEMPLATE-INPUT for an input that there is not, or a value that it cannot have, and
 *   TOP-TEMPLATE-ARITHMETIC where the inputs leave the arithmetic without a result.
 */
export async function calculateTemplateRoi(options: RoiOptions): Promise<RoiResult> {
  const entry = await findTemplate(options.template, options);
  const { template } = entry;
  const given = new Map<string, number>();
  if (options.monthlyRequests !== undefined) {
    given.set(MONTHLY_REQUESTS, checked(template, MONTHLY_REQUESTS, String(options.monthlyRequests)));
  }
  for (const assignment of options.set ?? []) {
    const [name, ...rest] = assignment.split("=");
    if (rest.length === 0) throw inputError(template, `"${assignment}" has no "=".`, "It is name=value.");
    if (given.has(name!.trim()))
      throw inputError(template, `The input ${name!.trim()} is set twice.`, "Once is enough.");
    given.set(name!.trim(), checked(template, name!.trim(), rest.join("=").trim()));
  }
  try {
    return { ...entry, roi: calculateRoi(template, given) };
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    throw new UsageError({
      code: "TOP-TEMPLATE-ARITHMETIC",
      message: `The arithmetic of ${template.id} has no result for these inputs.`,
      found: `Found ${error.found}; expected ${error.expected}.`,
      fix: `See what each input means: tokenop templates info ${template.id}`,
      cause: error,
    });
  }
}

function checked(template: Template, name: string, text: string): number {
  const { inputs } = template.economics;
  const input = inputs.find((candidate) => candidate.name === name);
  if (input === undefined) {
    const names = inputs.map((candidate) => candidate.name);
    const meant = nearest(name, names);
    const hint = meant === null ? "" : ` The nearest is "${meant}".`;
    throw inputError(
      template,
      `${template.id} has no input "${name}".`,
      `Inputs: ${names.join(", ")}.${hint}`,
    );
  }
  const match = /^(-?[\d_]*\.?\d+(?:[eE][+-]?\d+)?)\s*(%?)$/.exec(text);
  const value =
    match === null ? Number.NaN : Number(match[1]!.replaceAll("_", "")) / (match[2] === "%" ? 100 : 1);
  const { minimum, maximum = Number.POSITIVE_INFINITY } = input;
  if (!Number.isFinite(value) || value < minimum || value > maximum) {
    const range =
      maximum === Number.POSITIVE_INFINITY ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
    throw inputError(
      template,
      `The input ${name} cannot be "${text}".`,
      `It is a number ${range} (${input.unit}).`,
    );
  }
  return value;
}

function inputError({ id, economics }: Template, message: string, found: string): UsageError {
  const [first] = economics.inputs;
  return new UsageError({
    code: "TOP-TEMPLATE-INPUT",
    message,
    found,
    fix: `Example: tokenop calculate-roi --template ${id} --set ${first!.name}=${first!.default}`,
  });
}
