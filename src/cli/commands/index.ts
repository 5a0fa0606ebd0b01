import type { Register } from "../session.js";
import { registerCalculateRoi } from "./calculate-roi.js";
import { registerCollect } from "./collect.js";
import { registerCollectors } from "./collectors.js";
import { registerDemo } from "./demo.js";
import { registerDiff } from "./diff.js";
import { registerDiscover } from "./discover.js";
import { registerDoctor } from "./doctor.js";
import { registerInit } from "./init.js";
import { registerLearnRouting } from "./learn-routing.js";
import { registerPlan } from "./plan.js";
import { registerProfile } from "./profile.js";
import { registerPurge } from "./purge.js";
import { registerReport } from "./report.js";
import { registerRun } from "./run.js";
import { registerSchema } from "./schema.js";
import { registerTemplates } from "./templates.js";
import { registerValidate } from "./validate.js";

/** In the order that help lists them: the pipeline first. */
export const commands: readonly Register[] = [
  registerDemo,
  registerInit,
  registerDiscover,
  registerCollect,
  registerValidate,
  registerProfile,
  registerPlan,
  registerRun,
  registerLearnRouting,
  registerReport,
  registerDiff,
  registerTemplates,
  registerCalculateRoi,
  registerCollectors,
  registerDoctor,
  registerSchema,
  registerPurge,
];
