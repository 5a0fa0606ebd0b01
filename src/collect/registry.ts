import { anthropicUsageCollector } from "./anthropic-usage/index.js";
import { bedrockLogsCollector } from "./bedrock-logs/index.js";
import type { Collector } from "./contract.js";
import { databricksCollector } from "./databricks/index.js";
import { filesCollector } from "./files/index.js";
import { focusCollector } from "./focus/index.js";
import { heliconeCollector } from "./helicone/index.js";
import { langfuseCollector } from "./langfuse/index.js";
import { langsmithCollector } from "./langsmith/index.js";
import { litellmCollector } from "./litellm/index.js";
import { localAgentsCollector } from "./local-agents/index.js";
import { openaiUsageCollector } from "./openai-usage/index.js";
import { otelCollector } from "./otel/index.js";
import { posthogCollector } from "./posthog/index.js";
import { snowflakeCollector } from "./snowflake/index.js";
import { terraformCollector } from "./terraform/index.js";

/** Every collector. The CLI's choices, the documentation and the contract tests come from this list. */
export const collectors: readonly Collector[] = [
  filesCollector,
  localAgentsCollector,
  terraformCollector,
  otelCollector,
  bedrockLogsCollector,
  focusCollector,
  openaiUsageCollector,
  anthropicUsageCollector,
  heliconeCollector,
  databricksCollector,
  snowflakeCollector,
  langfuseCollector,
  litellmCollector,
  langsmithCollector,
  posthogCollector,
];
