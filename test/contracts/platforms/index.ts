import { anthropicUsageCase } from "./anthropic-usage.js";
import { databricksCase } from "./databricks.js";
import { heliconeCase } from "./helicone.js";
import { langfuseCase } from "./langfuse.js";
import { langsmithCase } from "./langsmith.js";
import { litellmCase } from "./litellm.js";
import { openaiUsageCase } from "./openai-usage.js";
import type { PlatformCase } from "./platform-case.js";
import { posthogCase } from "./posthog.js";
import { snowflakeCase } from "./snowflake.js";

/** One entry a platform, by its collector's id. */
export const platformCases: Readonly<Record<string, PlatformCase>> = {
  "anthropic-usage": anthropicUsageCase,
  databricks: databricksCase,
  snowflake: snowflakeCase,
  helicone: heliconeCase,
  "openai-usage": openaiUsageCase,
  langfuse: langfuseCase,
  litellm: litellmCase,
  langsmith: langsmithCase,
  posthog: posthogCase,
};
