import { type PicoUsd, parseUsd, ratio, toUsd } from "../../shared/money.js";
import type { Template } from "../contract.js";
import { ExpressionFault } from "../expressions/fault.js";
import { BASELINE, compileEconomics } from "./economics.js";

/** Whose figure an input is: the template's default, or what the user set. */
export type InputOrigin = "default" | "set";

export interface RoiInput {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly description: string;
  readonly origin: InputOrigin;
  /** Of a default, the template's; what the user sets is assumed. */
  readonly basis: string;
  readonly source: string | null;
}

/** A template's economics for given inputs. Amounts per month unless their name says otherwise. */
export interface Roi {
  readonly inputs: readonly RoiInput[];
  readonly baseline: PicoUsd;
  readonly saving: PicoUsd;
  /** Baseline less saving. */
  readonly projected: PicoUsd;
  /** Saving over baseline. */
  readonly savingShare: number;
  readonly engineeringHours: number;
  /** USD an hour. */
  readonly hourlyRate: number;
  /** Hours at their rate, and what else is paid once. */
  readonly oneOff: PicoUsd;
  /** One-off over saving; null where nothing is saved. */
  readonly paybackMonths: number | null;
  /** Twelve months of saving less the one-off. */
  readonly netFirstYear: PicoUsd;
  /** That over the one-off, 1 = 100 %; null where nothing is paid once. */
  readonly roiFirstYear: number | null;
}

const MONTHS = 12n;

/**
 * The template's own arithmetic. Pure; no workload, no price book.
 *
 * @param given inputs that the user sets, by name; the others keep their defaults.
 * @throws ExpressionFault where the arithmetic has no value for these inputs, such as a division by zero.
 */
export function calculateRoi(template: Pick<Template, "economics">, given: ReadonlyMap<string, number>): Roi {
  const { inputs, implementationCost } = template.economics;
  const compiled = compileEconomics(template.economics);
  const values = new Map(inputs.map((input) => [input.name, given.get(input.name) ?? input.default]));
  const baselineUsd = compiled.baseline.evaluate(values) as number;
  const savingUsd = compiled.saving.evaluate(new Map(values).set(BASELINE, baselineUsd)) as number;
  const engineeringHours = compiled.engineeringHours.evaluate(values) as number;
  const otherUsd = compiled.otherOneOff.evaluate(values) as number;
  const [baseline, saving] = [amount(baselineUsd), amount(savingUsd)];
  const oneOff = amount(engineeringHours * implementationCost.hourlyRate) + amount(otherUsd);
  const netFirstYear = saving * MONTHS - oneOff;
  return {
    inputs: inputs.map((input) => {
      const isSet = given.has(input.name);
      return {
        name: input.name,
        value: values.get(input.name)!,
        unit: input.unit,
        description: input.description,
        origin: isSet ? "set" : "default",
        basis: isSet ? "assumed" : input.basis,
        source: isSet ? null : (input.source ?? null),
      };
    }),
    baseline,
    saving,
    projected: baseline - saving,
    savingShare: ratio(saving, baseline),
    engineeringHours,
    hourlyRate: implementationCost.hourlyRate,
    oneOff,
    paybackMonths: saving > 0n ? toUsd(oneOff) / toUsd(saving) : null,
    netFirstYear,
    roiFirstYear: oneOff > 0n ? ratio(netFirstYear, oneOff) : null,
  };
}

/** Micro-dollars are finer than any figure that goes in. */
const DECIMALS = 6;
const LARGEST_USD = 1e15;

function amount(usd: number): PicoUsd {
  if (!(Math.abs(usd) <= LARGEST_USD)) {
    throw new ExpressionFault(0, `${usd} USD`, `an amount of at most ${LARGEST_USD} USD`);
  }
  return parseUsd(usd.toFixed(DECIMALS));
}
