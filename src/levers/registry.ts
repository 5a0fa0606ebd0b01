import { batchApi } from "./application/batch-api.js";
import { exactCache } from "./application/exact-cache.js";
import { promptCaching } from "./application/prompt-caching.js";
import { route } from "./application/route.js";
import type { Lever } from "./contract.js";

/** Every lever, in causal order. A new one is one file and one line here. */
export const levers: readonly Lever[] = [exactCache, route, batchApi, promptCaching];
