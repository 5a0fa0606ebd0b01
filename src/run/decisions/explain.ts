import type { Certificate, CertifyOptions } from "../certify.js";
import { DEFAULT_BETA } from "../certify.js";

const points = (value: number): string => (100 * value).toFixed(2);

/** The certificate in words, with what it is a claim about. */
export function explain(certificate: Certificate, { alpha, beta = DEFAULT_BETA }: CertifyOptions): string {
  const { verdict, n, margin, missing, difference, lower, certifiableMargin, samplesNeeded } = certificate;
  const who =
    certificate.population === "samples" ? "these samples" : "the traffic that the samples were drawn from";
  const level = `at level ${alpha}${certificate.family > 1 ? ` / ${certificate.family}` : ""}`;
  const observed =
    difference === null
      ? `No pair of ${n} could be graded.`
      : `Observed difference ${points(difference)} points over ${n} pairs${missing > 0 ? ` (${missing} without a grade)` : ""}.`;
  switch (verdict) {
    case "certified":
      return `${observed} On ${who} the candidate loses at most ${points(margin)} points ${level}, and at most ${points(certifiableMargin)} by the bound.`;
    case "rejected":
      return `${observed} On ${who} the candidate loses more than the margin of ${points(margin)} points; a candidate within it is rejected with a chance of at most ${beta}.`;
    case "futile":
      return `${observed} The pairs still planned are not expected to decide a margin of ${points(margin)} points; lower bound ${points(lower)} points ${level}.`;
    case "inconclusive":
      return `${observed} A margin of ${points(margin)} points is not certified on ${who}; what can be said now ${level} is a loss of at most ${points(certifiableMargin)} points. ${outlook(samplesNeeded)}`;
  }
}

function outlook(samplesNeeded: number | null): string {
  return samplesNeeded === null
    ? "No number of further pairs is expected to be enough."
    : `About ${samplesNeeded} more pairs are needed.`;
}

export interface GradingFacts {
  readonly graders: readonly { readonly grader: string; readonly pairs: number }[];
  readonly isUnstable: boolean;
  /** Why the judge is of no use; null: it was not shown to be. */
  readonly discredited: string | null;
  readonly hasRules: boolean;
  readonly swapDisagreement: number | null;
  readonly swapLimit: number;
  /** Pairs chosen for a label, and those of them that lack it; null: labels correct nothing here. */
  readonly labelled: { readonly chosen: number; readonly open: number } | null;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const contradictions = (share: number, limit: number): string =>
  `The judge is unstable: it contradicted itself on ${percent(share)} of swapped pairs, more than ${percent(limit)}.`;

/** What points mean where a model graded: a preference or a judge's score is no accuracy. */
export function explainGrading(facts: GradingFacts): string[] {
  const { graders, isUnstable, hasRules, swapDisagreement, swapLimit, labelled } = facts;
  const has = (name: string): boolean => graders.some(({ grader }) => grader.startsWith(name));
  const sentences: string[] = [];
  if (isUnstable)
    sentences.push(
      `${facts.discredited ?? contradictions(swapDisagreement ?? 0, swapLimit)} ` +
        (hasRules
          ? "Rules decided in its place."
          : "There is no reference for rules to decide by, so nothing is certified."),
    );
  else if (labelled !== null)
    sentences.push(
      `Points are the labels': the judge's opinions were corrected by labels on ${labelled.chosen} pairs drawn at random` +
        (labelled.open > 0 ? `; ${labelled.open} of these labels are still to be given.` : "."),
    );
  else if (has("judge-pairwise"))
    sentences.push("Points are of the judge's preference (half for a tie), not of accuracy.");
  else if (has("judge-rubric")) sentences.push("Points are of the judge's rubric, not of accuracy.");
  if (has("embedding-lexical")) sentences.push("Without an embedding model, likeness of wording was graded.");
  else if (has("embedding")) sentences.push("Likeness of embeddings is no more than a proxy for quality.");
  return sentences;
}
