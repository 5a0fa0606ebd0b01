export type { Patch } from "./contract.js";
export { PATCH_WRITERS, writePatches, writeUncertified } from "./registry.js";
