import { EXIT, type ExitCode } from "../../shared/errors.js";
import type { Verdict } from "../contract.js";

/** The parts of an evaluation that its exit code depends on. */
export interface Outcome {
  readonly decisions: readonly { readonly question?: string; readonly verdict: Verdict }[];
  readonly log?: readonly { readonly question: string; readonly ending: string }[];
  readonly complete: boolean;
  readonly stopped: string | null;
  readonly certified: { readonly actions: readonly string[] } | null;
}

export interface OutcomeOptions {
  readonly requireCertified: boolean;
  /** Ids of all actions of the plan that was evaluated; none where the run had no plan. */
  readonly plannedActions?: readonly string[];
}

export const INTERRUPTED = "interrupted";

/**
 * A candidate that a cheaper certified one has superseded is settled: it counts as decided, and is not missed.
 *
 * 130 interrupted; 3 `--require-certified` and something is not certified (this gate outranks "incomplete", so that
 * a pipeline never mistakes thin evidence for a pass); 4 something stays inconclusive or the run ended early; else 0:
 * every question is decided, in any mix of certified, rejected and futile.
 */
export function exitCodeOf(
  evaluation: Outcome,
  { requireCertified, plannedActions = [] }: OutcomeOptions,
): ExitCode {
  if (evaluation.stopped === INTERRUPTED) return EXIT.interrupted;
  if (requireCertified && !isCertified(evaluation, plannedActions)) return EXIT.gate;
  const isDecided = evaluation.decisions.every(
    ({ verdict, question }) => verdict !== "inconclusive" || isSuperseded(evaluation, question),
  );
  return isDecided && evaluation.complete ? EXIT.ok : EXIT.incomplete;
}

function isCertified(evaluation: Outcome, plannedActions: readonly string[]): boolean {
  const { certified, decisions } = evaluation;
  if (certified !== null) return plannedActions.every((id) => certified.actions.includes(id));
  return decisions.every(
    ({ verdict, question }) => verdict === "certified" || isSuperseded(evaluation, question),
  );
}

function isSuperseded({ log = [] }: Outcome, question: string | undefined): boolean {
  return log.some((entry) => entry.question === question && entry.ending === "superseded");
}
