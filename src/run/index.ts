export * from "./certify.js";
export type { EvaluationBody, RoutingBody } from "./contract.js";
export { type CertifiedSaving, certifiedActions } from "./decisions/certified-actions.js";
export { exitCodeOf, INTERRUPTED } from "./decisions/outcome.js";
export { type Result, writeResults } from "./decisions/results.js";
export {
  type EvaluationDeps,
  type EvaluationInputs,
  type EvaluationResult,
  runEvaluation,
} from "./evaluate.js";
export { createBatchExecutor } from "./executors/batch/batch.js";
export { createLiveExecutor, type LiveOptions } from "./executors/live/live.js";
export {
  hostsOf,
  type LiveProvider,
  liveProviders,
  type MissingKey,
  missingKeys,
  parseProvider,
  providerOf,
} from "./executors/live/providers.js";
export { DEFAULT_MAX_OUTPUT_TOKENS } from "./executors/live/request.js";
export { withLiveGrading } from "./executors/live-grading.js";
export { createPricer, type Pricer } from "./executors/pricer.js";
export { EXECUTORS } from "./executors/registry.js";
export { createReplayExecutor } from "./executors/replay.js";
export { createSimulateExecutor, readSimulatedModels } from "./executors/simulate.js";
export { GRADERS, type GraderInfo, gradeAnswer, listGraders } from "./graders/index.js";
export { type Labels, readLabels } from "./inputs/labels.js";
export {
  modelsOf,
  parseLiveModel,
  parseModelRef,
  type Question,
  questionsFromFlags,
  questionsFromPlan,
  refLabel,
} from "./inputs/questions.js";
export { type Recordings, readRecordings } from "./inputs/recordings.js";
export { type RunSample, readPrompts, readSamples } from "./inputs/samples.js";
export { type Journal, openJournal } from "./journal/journal.js";
export { runIdentity } from "./journal/run-identity.js";
export {
  DEFAULT_CALIBRATION,
  DEFAULT_REPEATS,
  DEFAULT_SWAP_LIMIT,
  type JudgeSettings,
} from "./judge/settings.js";
export { learnRouting, type RoutingOptions } from "./routing/learn-routing.js";
export { readRecordedFeedback, readResultFeedback } from "./routing/read-feedback.js";
export type { Ceilings } from "./spend/budget.js";
export {
  checkConsent,
  EMBEDDING_CONTENT,
  JUDGE_CONTENT,
  type Recipient,
  samplesContent,
} from "./spend/consent.js";
export { estimateRun, type RunEstimate } from "./spend/estimate.js";
export { type FirstHour, firstHour } from "./spend/first-hour.js";
export { estimatedTokens } from "./spend/text-tokens.js";
