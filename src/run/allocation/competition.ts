import type { Asker } from "../ask.js";
import { type Question, RECORDED_BASELINE, refLabel } from "../inputs/questions.js";
import { isOpen, type Track } from "./track.js";

/** Candidates for the same traffic in place of the same baseline: one of them will be used there. */
export function compete(one: Question, other: Question): boolean {
  const labelOf = ({ baseline }: Question): string =>
    baseline === null ? RECORDED_BASELINE : refLabel(baseline);
  return one.id !== other.id && one.scope === other.scope && labelOf(one) === labelOf(other);
}

/**
 * Ends open candidates that cost more than a certified one on the samples that both answered. `changed` is the track
 * that the last wave went to: nothing else can have been certified, or be compared for the first time.
 */
export function endDearerRivals(changed: Track, tracks: readonly Track[], asker: Asker): void {
  const rivals = tracks.filter(({ state }) => compete(state.question, changed.state.question));
  if (changed.state.isCertified) {
    for (const rival of rivals) {
      if (isOpen(rival) && isDearer(rival, changed, asker)) rival.supersededBy = changed;
    }
  } else if (isOpen(changed)) {
    const cheaper = rivals.find((rival) => rival.state.isCertified && isDearer(changed, rival, asker));
    changed.supersededBy = cheaper ?? null;
  }
}

// Prices differ by factors: a comparison need not grow with the run.
const COMPARED_PAIRS = 200;

function isDearer(track: Track, rival: Track, asker: Asker): boolean {
  let [own, other] = [0n, 0n];
  for (const { id } of track.draw.samples.slice(0, Math.min(track.state.pairs, COMPARED_PAIRS))) {
    const [mine, its] = [track, rival].map(({ state }) => asker.answerTo(id, state.question.candidate)?.cost);
    if (mine == null || its == null) continue;
    own += mine;
    other += its;
  }
  return own > other;
}
