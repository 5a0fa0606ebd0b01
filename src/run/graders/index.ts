export {
  checkGrader,
  defaultGrader,
  type Grade,
  type GradedSample,
  type GraderSpec,
  gradeAnswer,
} from "./grade-answer.js";
export { findGrader, GRADERS } from "./registry.js";
