import { advice } from "./advice.js";
import type { Patch, PatchInput, PatchWriter } from "./contract.js";
import { litellm } from "./litellm.js";
import { routerJson } from "./router-json.js";

export const PATCH_WRITERS: readonly PatchWriter[] = [litellm, routerJson, advice];

/** Every patch that the certified actions allow; nothing certified, no patch. Writing is the caller's. */
export const writePatches = (input: PatchInput): Patch[] =>
  PATCH_WRITERS.flatMap((writer) => writer.write(input));
