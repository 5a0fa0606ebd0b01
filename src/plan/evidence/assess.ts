import type { Workload } from "../../profile/contract.js";
import { subjectOf } from "../questions.js";
import type { Candidate } from "../search/candidates.js";
import type { Ledger, LedgerDecision } from "./ledger.js";

/** `certified`: nothing may be left to prove. `open`: what later pairs may certify counts too. */
export type Reading = "certified" | "open";

/** Scope of runs that pool all samples of named models: no candidate is about that. */
const POOLED = "fleet";

/**
 * Reads the evidence into candidates, by what was compared (cluster or fleet, baseline, candidate, variant), whatever
 * the ids. A certified one keeps its certified margin and asks no more; a rejected or futile one is excluded; an
 * inconclusive one keeps its margin and its share of alpha where the samples that its test has left may decide it.
 *
 * @param workload With the number of samples that no round has asked yet.
 */
export function assessWith(ledger: Ledger, workload: Workload, reading: Reading) {
  const standings = standingsOf(ledger);
  const next = (ledger.rounds.at(-1)?.round ?? 0) + 1;
  return (candidate: Candidate): Candidate => {
    if (candidate.excluded !== null) return candidate;
    const { question, effect } = candidate;
    if (question === null) {
      const isAssumed = effect.evidence.kind === "structural" && !effect.evidence.attested;
      return reading === "certified" && isAssumed
        ? exclude(candidate, "its conditions are only assumed: attest them in the policy")
        : candidate;
    }
    const standing = standings.get(subjectKey(candidate, workload));
    if (standing === undefined) {
      return reading === "certified"
        ? exclude(candidate, "not tested yet")
        : { ...candidate, question: { ...question, name: nameIn(candidate.id, next) } };
    }
    if (standing.margin > question.maximumMargin) return exclude(candidate, beyondPolicy(standing, question));
    const fixed = { ...question, name: standing.question, fixedMargin: standing.margin };
    if (standing.verdict === "certified") return { ...candidate, question: fixed };
    const refusal = refusalOf(standing, samplesLeft(candidate, workload));
    if (refusal !== null) return exclude(candidate, refusal);
    return reading === "certified"
      ? exclude(candidate, `not certified yet after ${pairs(standing)}`)
      : { ...candidate, question: fixed };
  };
}

/** Questions of later rounds carry the round, since a slot keeps its id when its candidate changes. */
export const nameIn = (id: string, round: number): string => (round === 1 ? id : `${id} (round ${round})`);

/** The smallest certified margin of each comparison, else what the latest round said of it. */
function standingsOf({ rounds }: Ledger): ReadonlyMap<string, LedgerDecision> {
  const standings = new Map<string, LedgerDecision>();
  for (const decision of rounds.flatMap(({ decisions }) => decisions)) {
    if (decision.scope === POOLED) continue;
    const key = keyOf(decision.scope, decision.baseline, decision.candidate);
    const known = standings.get(key);
    if (known === undefined || outranks(decision, known)) standings.set(key, decision);
  }
  return standings;
}

function outranks(later: LedgerDecision, known: LedgerDecision): boolean {
  if (known.verdict !== "certified") return true;
  return later.verdict === "certified" && later.margin < known.margin;
}

function refusalOf(standing: LedgerDecision, left: number): string | null {
  const { verdict, samplesNeeded } = standing;
  if (verdict === "rejected") return `rejected by the run of ${pairs(standing)}`;
  if (verdict === "futile") return `futile in the run of ${pairs(standing)}: no verdict was within reach`;
  if (standing.pairs === 0) return null;
  if (samplesNeeded === null)
    return `inconclusive after ${pairs(standing)}, and no number of more is expected to decide`;
  return samplesNeeded <= left
    ? null
    : `inconclusive after ${pairs(standing)}: about ${samplesNeeded} more are needed, ${left} samples are left`;
}

const pairs = ({ pairs: n }: LedgerDecision): string => `${n} pair${n === 1 ? "" : "s"}`;

function beyondPolicy({ margin }: LedgerDecision, question: NonNullable<Candidate["question"]>): string {
  const points = (value: number) => Number((value * 100).toFixed(2));
  return `tested at a margin of ${points(margin)} points, the policy grants ${points(question.maximumMargin)}`;
}

const exclude = (candidate: Candidate, excluded: string): Candidate => ({ ...candidate, excluded });

function samplesLeft(candidate: Candidate, { clusters, cells, fleets }: Workload): number {
  const { cluster, fleet } = candidate.proposal;
  const served = fleets.some(({ id }) => id === fleet)
    ? new Set(cells.filter((cell) => cell.fleet === fleet).map((cell) => cell.cluster))
    : new Set([cluster]);
  return clusters.reduce((sum, { id, samples }) => sum + (served.has(id) ? samples : 0), 0);
}

/** As `run` names it: the cluster, or the model whose samples are meant; then both sides. */
function subjectKey(candidate: Candidate, workload: Workload): string {
  const subject = subjectOf(candidate, workload)!;
  const baseline = labelOf(subject.baseline);
  const variant = subject.variant === null ? "" : `#${subject.variant}`;
  return keyOf(subject.cluster ?? baseline, baseline, `${labelOf(subject.candidate)}${variant}`);
}

const keyOf = (scope: string, baseline: string, candidate: string): string =>
  JSON.stringify([scope, baseline, candidate]);

const labelOf = ({ provider, model }: { readonly provider: string; readonly model: string }): string =>
  provider === "" ? model : `${provider}/${model}`;
