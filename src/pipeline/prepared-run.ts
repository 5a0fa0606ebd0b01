import type { Policy } from "../plan/index.js";
import type { PriceBook } from "../pricing/index.js";
import type { EvaluationInputs, Pricer } from "../run/index.js";
import type { Context } from "../shared/context.js";
import type { Workspace } from "../shared/workspace.js";
import type { RunInputs, RunOptions } from "./run-inputs.js";

/** Everything that one run holds in its hands. */
export interface PreparedRun {
  readonly options: RunOptions;
  readonly context: Context;
  readonly workspace: Workspace;
  readonly policy: Policy;
  readonly book: PriceBook;
  readonly inputs: RunInputs;
  readonly evaluation: EvaluationInputs;
  readonly pricer: Pricer;
}
