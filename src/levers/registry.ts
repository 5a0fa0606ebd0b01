import { batchApi } from "./application/batch-api.js";
import { cascade } from "./application/cascade.js";
import { contextWindow } from "./application/context-window.js";
import { distillation } from "./application/distillation.js";
import { exactCache } from "./application/exact-cache.js";
import { longContextTier } from "./application/long-context-tier.js";
import { outputControl } from "./application/output-control.js";
import { promptCaching } from "./application/prompt-caching.js";
import { promptCompression } from "./application/prompt-compression.js";
import { retryPolicy } from "./application/retry-policy.js";
import { route } from "./application/route.js";
import { semanticCache } from "./application/semantic-cache.js";
import { serviceTier } from "./application/service-tier.js";
import { systemPrompt } from "./application/system-prompt.js";
import type { Lever } from "./contract.js";
import { autoscaling } from "./infrastructure/autoscaling.js";
import { gpuType } from "./infrastructure/gpu-type.js";
import { region } from "./infrastructure/region.js";
import { reserved } from "./infrastructure/reserved.js";
import { rightSize } from "./infrastructure/right-size.js";
import { spot } from "./infrastructure/spot.js";
import { batching } from "./serving/batching.js";
import { engine } from "./serving/engine.js";
import { prefixCaching } from "./serving/prefix-caching.js";
import { quantisation } from "./serving/quantisation.js";
import { selfHost } from "./serving/self-host.js";
import { onCountedRequests, onSingleRequests } from "./single-requests.js";

/** Every lever, in causal order, on what it has evidence of. A new one is one file and one line here. */
export const levers: readonly Lever[] = [
  onSingleRequests(exactCache),
  onSingleRequests(retryPolicy),
  onSingleRequests(semanticCache),
  onSingleRequests(contextWindow),
  onSingleRequests(outputControl),
  onSingleRequests(promptCompression),
  onSingleRequests(systemPrompt),
  onSingleRequests(longContextTier),
  onCountedRequests(route),
  onCountedRequests(cascade),
  onCountedRequests(distillation),
  batchApi,
  onSingleRequests(promptCaching),
  serviceTier,
  onSingleRequests(selfHost),
  quantisation,
  engine,
  batching,
  prefixCaching,
  gpuType,
  region,
  rightSize,
  autoscaling,
  spot,
  reserved,
];
