import type { z } from "zod";
import type { Camel } from "../../shared/case.js";
import type { ledgerSchema } from "./schema.js";

export type Ledger = Camel<z.infer<typeof ledgerSchema>>;
export type Round = Ledger["rounds"][number];
export type LedgerDecision = Round["decisions"][number];

/** The part of an evaluation's decision that later plans build on. */
export interface Decided extends Omit<LedgerDecision, "pairs" | "alpha"> {
  readonly n: number;
  /** K: tests that shared the round's alpha. */
  readonly family: number;
}

export interface RoundInput {
  /** Hash of the plan of the first round. */
  readonly claim: string;
  /** From 1. */
  readonly round: number;
  readonly alpha: number;
  /** Of the order of the samples. */
  readonly seed: number;
  readonly decisions: readonly Decided[];
  readonly asked: readonly string[];
}

/**
 * Enters a round. The same round of the same claim, run again with more samples, continues its tests and so takes the
 * place of its former entry; samples that it asked before stay asked. In another order they are other tests, and take
 * alpha again.
 */
export function recordRound(previous: Ledger | null, input: RoundInput): Ledger {
  const kept = previous?.claim === input.claim ? previous.rounds : [];
  const before = kept.find(({ round }) => round === input.round);
  const entry: Round = {
    round: input.round,
    alpha: takenBy(input, before),
    seed: input.seed,
    decisions: input.decisions.map(({ n, family, ...decision }) => ({
      question: decision.question,
      scope: decision.scope,
      baseline: decision.baseline,
      candidate: decision.candidate,
      verdict: decision.verdict,
      margin: decision.margin,
      pairs: n,
      samplesNeeded: decision.samplesNeeded,
      population: decision.population,
      lower: decision.lower,
      alpha: input.alpha / family,
    })),
    asked: [...new Set([...(before?.asked ?? []), ...input.asked])].sort(),
  };
  const rounds = [...kept.filter(({ round }) => round !== input.round), entry];
  return { claim: input.claim, rounds: rounds.sort((a, b) => a.round - b.round) };
}

function takenBy({ alpha, seed }: RoundInput, before: Round | undefined): number {
  if (before === undefined) return alpha;
  return before.seed === seed ? Math.max(alpha, before.alpha) : tidy(alpha + before.alpha);
}

export interface AlphaAccount {
  readonly total: number;
  readonly spent: number;
  readonly next: number;
}

/** Below this nothing is left: sums of doubles are no exact zeros. */
const NOTHING = 1e-9;

/**
 * Error over all rounds. A wrong certificate needs a question whose loss is beyond its margin. The shares of those of a
 * round are spent whatever came out; those of questions that were certified pass on, since either the certificate is
 * right, and its share was at no risk, or the error has happened already and no other can add to it (Bonferroni
 * procedures by closure: Bretz et al. 2009). So the chance of any wrong certificate is at most `spent` plus the alpha of
 * the round under way, provided that each round's questions, chosen after the earlier ones, are asked on fresh samples.
 *
 * Where nothing is left of the total, `next` is one more total: a proposal, which a run refuses until the policy grants it.
 */
export function alphaAccount({ rounds }: Ledger, total: number): AlphaAccount {
  const spent = tidy(rounds.reduce((sum, round) => sum + spentIn(round), 0));
  const left = total - spent;
  return { total, spent, next: tidy(left > NOTHING ? left : total) };
}

/** Whether the policy's total leaves room for the next round. */
export const isGranted = ({ total, spent, next }: AlphaAccount): boolean => spent + next <= total + NOTHING;

function spentIn({ alpha, decisions }: Round): number {
  if (decisions.length === 0) return 0;
  return decisions.reduce((sum, { verdict, alpha: own }) => sum - (verdict === "certified" ? own : 0), alpha);
}

/** To twelve digits, so that sums of doubles read as what they mean. */
const tidy = (value: number): number => Number(Math.max(0, value).toFixed(12));
