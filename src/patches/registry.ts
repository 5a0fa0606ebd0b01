import { advice } from "./advice.js";
import { aiSdk } from "./ai-sdk.js";
import { gptcache, redis } from "./caches.js";
import type { Patch, PatchInput, PatchWriter } from "./contract.js";
import { learnedRouter } from "./learned-router.js";
import { litellm } from "./litellm.js";
import { routerJson } from "./router-json.js";
import { semanticRouter } from "./semantic-router.js";
import { helm } from "./serving/helm.js";
import { kubernetes } from "./serving/kubernetes.js";
import { launch } from "./serving/launch.js";
import { terraform } from "./terraform/terraform.js";
import { reasonsOf } from "./uncertified.js";

export const PATCH_WRITERS: readonly PatchWriter[] = [
  litellm,
  semanticRouter,
  aiSdk,
  routerJson,
  learnedRouter,
  gptcache,
  redis,
  advice,
  launch,
  kubernetes,
  helm,
  terraform,
];

/**
 * Patches of what nothing certifies, apart from the certified ones: names and first lines say UNCERTIFIED, and why.
 * What a run has rejected is written by nobody.
 */
export async function writeUncertified(input: Omit<PatchInput, "uncertified">): Promise<Patch[]> {
  const patches = await writePatches({ ...input, uncertified: reasonsOf(input) });
  return patches.map((patch) => ({
    ...patch,
    file: `UNCERTIFIED-${patch.file}`,
    summary: `UNCERTIFIED: ${patch.summary}`,
  }));
}

/** Every patch that the certified actions allow; nothing certified, no patch. Writing is the caller's. */
export async function writePatches(input: PatchInput): Promise<Patch[]> {
  return (await Promise.all(PATCH_WRITERS.map((writer) => writer.write(input)))).flat();
}
