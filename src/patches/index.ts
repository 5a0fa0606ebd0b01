export { PATCH_WRITERS, writePatches } from "./registry.js";
