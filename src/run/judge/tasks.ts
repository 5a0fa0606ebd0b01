import { defaultGrader, findGrader, type GraderSpec } from "../graders/index.js";
import { DEFAULT_CRITERIA, judgeOptions } from "../graders/judge.js";
import type { RunSample } from "../inputs/samples.js";
import type { JudgeMode, JudgeTask } from "./settings.js";

const LONG_REFERENCE_RULES = "rouge-l";

/**
 * What the judge is asked about a sample; null where rules grade it. The judge comes last: for samples that name it,
 * and for those without a grader whose reference, if any, is prose.
 */
export function judgeTask({ grader, reference }: RunSample): JudgeTask | null {
  const rules = rulesFor(reference);
  if (grader === null) {
    if (defaultGrader(reference) !== null) return null;
    return { mode: modeFor(reference), criteria: DEFAULT_CRITERIA, points: 4, reference, rules };
  }
  const { kind, ...given } = typeof grader === "string" ? { kind: grader } : grader;
  if (findGrader(kind)?.asks !== "judge") return null;
  const { mode, criteria, points } = judgeOptions.parse(given);
  return {
    mode: mode === "auto" ? modeFor(reference) : mode,
    criteria: typeof criteria === "string" ? [criteria] : criteria,
    points,
    reference,
    rules,
  };
}

/** The task that compares the judge with a label, for samples that rules grade; null for others. */
export function calibrationTask(sample: RunSample, mode: JudgeMode): JudgeTask | null {
  const rules = labelRules(sample);
  if (rules === null) return null;
  // Pairs are mostly judged without a reference, so they are also calibrated without.
  const reference = mode === "rubric" ? sample.reference : undefined;
  return { mode, criteria: DEFAULT_CRITERIA, points: 4, reference, rules };
}

/** The grader whose score counts as a label: deterministic, and of more than likeness of wording. */
export function labelRules({ grader, reference }: RunSample): GraderSpec | null {
  const kind = typeof grader === "string" ? grader : grader?.kind;
  if (kind === undefined || findGrader(kind)?.asks !== undefined) return defaultGrader(reference);
  return kind === "similarity" || kind === "rouge-l" ? null : grader;
}

/** Whether the judge grades some of these samples, and rules could take its place on some. */
export function judgedBy(samples: readonly RunSample[]): {
  readonly isJudged: boolean;
  readonly hasRules: boolean;
} {
  const tasks = samples.map(judgeTask).filter((task) => task !== null);
  return { isJudged: tasks.length > 0, hasRules: tasks.some(({ rules }) => rules !== null) };
}

const modeFor = (reference: unknown): JudgeMode =>
  reference === undefined || reference === null ? "pairwise" : "rubric";

function rulesFor(reference: unknown): GraderSpec | null {
  if (typeof reference !== "string" && !Array.isArray(reference)) return defaultGrader(reference);
  return defaultGrader(reference) ?? (reference.length > 0 ? LONG_REFERENCE_RULES : null);
}
