import { advice } from "./advice.js";
import type { Patch, PatchInput, PatchWriter } from "./contract.js";
import { learnedRouter } from "./learned-router.js";
import { litellm } from "./litellm.js";
import { routerJson } from "./router-json.js";
import { reasonsOf } from "./uncertified.js";

export const PATCH_WRITERS: readonly PatchWriter[] = [litellm, routerJson, learnedRouter, advice];

/**
 * Patches of what nothing certifies, apart from the certified ones: names and first lines say UNCERTIFIED, and why.
 * What a run has rejected is written by nobody.
 */
export const writeUncertified = (input: Omit<PatchInput, "uncertified">): Patch[] =>
  writePatches({ ...input, uncertified: reasonsOf(input) }).map((patch) => ({
    ...patch,
    file: `UNCERTIFIED-${patch.file}`,
    summary: `UNCERTIFIED: ${patch.summary}`,
  }));

/** Every patch that the certified actions allow; nothing certified, no patch. Writing is the caller's. */
export const writePatches = (input: PatchInput): Patch[] =>
  PATCH_WRITERS.flatMap((writer) => writer.write(input));
