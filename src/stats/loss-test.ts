import { FiniteMixtureProcess } from "./finite-mixture.js";
import { MixtureProcess } from "./mixture.js";

/** What stands for a value that is missing: nothing, or the worst value there can be. */
export type MissingRule = "omit" | "worst";

/** Anytime-valid test of H0 "the mean is at most -margin" that copes with missing values (null). */
export interface LossTest {
  push(value: number | null): void;
  /** ln of the e-value against H0; by Ville it may be read after every value. */
  logEValue(missing: MissingRule): number;
}

/** For draws from a stream or with replacement, values in [-bound, infinity). Order of values is irrelevant. */
export function createStreamTest(margin: number, bound = 1): LossTest {
  const process = new MixtureProcess(margin, bound);
  let missing = 0;
  return {
    push(value) {
      if (value === null) missing += 1;
      else process.add(value);
    },
    logEValue: (rule) => process.logEValue(rule === "worst" ? missing : 0),
  };
}

/** For the values of a finite population, in [-1, 1], in random order without replacement. */
export function createFiniteTest(margin: number, populationSize: number): LossTest {
  const obtained = new FiniteMixtureProcess(margin, populationSize);
  const worst = new FiniteMixtureProcess(margin, populationSize);
  return {
    push(value) {
      worst.push(value ?? -1);
      if (value === null) obtained.skip();
      else obtained.push(value);
    },
    logEValue: (rule) => (rule === "worst" ? worst : obtained).logEValue(),
  };
}
