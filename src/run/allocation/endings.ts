import type { EvaluationBody } from "../contract.js";
import { isOpen, type Track } from "./track.js";

export type Ending = NonNullable<EvaluationBody["log"]>[number];

/** Why a track takes no more pairs. `wave` counts from 1. */
export function endingOf(track: Track, wave: number): Ending {
  const { state, supersededBy } = track;
  const entry = { question: state.question.id, pairs: state.pairs, wave, by: null };
  if (supersededBy !== null) return { ...entry, ending: "superseded", by: supersededBy.state.question.id };
  if (state.finished && state.verdict !== "inconclusive")
    return { ...entry, ending: state.verdict === "futile" ? "parked" : state.verdict };
  return { ...entry, ending: track.halted || isOpen(track) ? "stopped" : "samples" };
}

/** The ending as a sentence of the decision's explanation. */
export function describeEnding({ ending, pairs, wave, by }: Ending): string {
  const when = `in wave ${wave}, after ${pairs} ${pairs === 1 ? "pair" : "pairs"}`;
  switch (ending) {
    case "certified":
    case "rejected":
      return `Asking ended at this verdict ${when}.`;
    case "parked":
      return `Parked ${when}: the forecast saw no verdict within reach.`;
    case "superseded":
      return `Asking ended ${when}: "${by}" costs less and is certified.`;
    case "samples":
      return `Asking ended ${when}: there are no more samples.`;
    case "stopped":
      return `The run ended ${when}, before a verdict.`;
  }
}
