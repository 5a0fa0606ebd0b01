import type { Basis } from "../../profile/contract.js";
import type { ReportInput } from "../contract.js";

type Evaluation = NonNullable<ReportInput["evaluation"]>;

/** The basis of what a run saw of its answers. Simulated models are declared, not seen. */
export const measuredBasis = ({ mode }: Pick<Evaluation, "mode">): Basis =>
  mode === "live" ? "measured" : mode === "replay" ? "replayed" : "assumed";

/** The basis of what a run's answers cost: tokens of live calls are priced at list price, an estimate of the bill. */
export const costBasis = (evaluation: Pick<Evaluation, "mode">): Basis =>
  evaluation.mode === "live" ? "estimated" : measuredBasis(evaluation);

/** The basis of what a judge said: it is asked now, of recorded answers too. */
export const judgeBasis = ({ mode }: Pick<Evaluation, "mode">): Basis =>
  mode === "simulate" ? "assumed" : "measured";
