export {
  checkExec,
  checkGrader,
  defaultGrader,
  type Grade,
  type GradedSample,
  type GraderSpec,
  type Grading,
  gradeAnswer,
} from "./grade-answer.js";
export { type GraderInfo, listGraders } from "./list-graders.js";
export { findGrader, GRADERS } from "./registry.js";
