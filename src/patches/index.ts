export type { Patch } from "./contract.js";
export { LEARNED_ROUTER_FILES, learnedRouterPatches } from "./learned-router.js";
export { PATCH_WRITERS, writePatches, writeUncertified } from "./registry.js";
