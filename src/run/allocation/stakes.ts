import { parseUsd } from "../../shared/money.js";
import type { PlanBody } from "../inputs/questions.js";
import type { OpenQuestion } from "./allocation.js";
import type { Track } from "./track.js";

/** What the plan says a question is worth; questions of named models are not in it. */
export type Prove = Pick<PlanBody["prove"][number], "question" | "savingUsdMonth">;

/** Open tracks as the allocation sees them. Ratios only, so money leaves its exact form here. */
export function openQuestions(open: readonly Track[], prove: readonly Prove[]): OpenQuestion[] {
  const planned = new Map(prove.map(({ question, savingUsdMonth }) => [question, parseUsd(savingUsdMonth)]));
  const savings = relative(open.map((track) => savingAtStake(track, planned)));
  return open.map(({ state }, index) => ({
    id: state.question.id,
    progress: state.progress,
    pairs: state.pairs,
    saving: savings[index]!,
  }));
}

/** The plan's figure, else the saving a call seen so far times the samples it speaks for. */
function savingAtStake({ state, draw, spent }: Track, planned: ReadonlyMap<string, bigint>): number | null {
  const known = planned.get(state.question.id);
  if (known !== undefined) return Number(known);
  return spent.pairs === 0
    ? null
    : (Number(spent.baseline - spent.candidate) / spent.pairs) * draw.populationSize;
}

/** Over the largest; unknown values count as the largest, and where none is positive all are alike. */
function relative(values: readonly (number | null)[]): number[] {
  const largest = Math.max(0, ...values.map((value) => value ?? 0));
  return values.map((value) => (largest === 0 || value === null ? 1 : Math.max(0, value) / largest));
}
