import { profileSchema } from "../profile/contract.js";
import { buildProfile, type ProfileBody } from "../profile/index.js";
import { loadFleets } from "../serving/index.js";
import type { Context } from "../shared/context.js";
import { openWorkspace, writeContent } from "../shared/workspace.js";
import { openSource, type RemoteOptions } from "./engine-source.js";
import { exists, openHardware, openPrices, type StageOptions, saveArtifact, withEngine } from "./open.js";

export interface ProfileOptions extends StageOptions, RemoteOptions {
  readonly events?: string;
  readonly prompts?: string;
  readonly clusterMethod: string;
  /** Inference samples over all clusters; by default enough for a question on each. */
  readonly sampleSize?: number;
  readonly nameClusters?: boolean;
  readonly seed: number;
}

export interface ProfileResult {
  readonly profile: ProfileBody;
  readonly written: readonly string[];
}

/** Events in; cube, drivers, shapes, reuse, clusters and samples out. */
export async function profile(options: ProfileOptions, context: Context): Promise<ProfileResult> {
  const workspace = await openWorkspace(options.dir);
  const prices = await openPrices(options, workspace);
  const onFleets = (await exists(workspace.fleet))
    ? await loadFleets(workspace.fleet, await openHardware(workspace))
    : [];
  const remote = await openSource(options, workspace, context);
  const built = await withEngine(workspace, context, (engine) =>
    buildProfile({
      engine,
      workspace,
      prices,
      context,
      seed: options.seed,
      clusterMethod: options.clusterMethod,
      nameClusters: options.nameClusters ?? false,
      onFleets,
      ...(remote !== null && { remote }),
      ...(options.sampleSize === undefined ? {} : { sampleSize: options.sampleSize }),
      ...(options.events === undefined ? {} : { eventsPath: options.events }),
      ...(options.prompts === undefined ? {} : { promptsPath: options.prompts }),
    }),
  );
  const promptsPath = options.prompts ?? workspace.prompts;
  const events = remote === null ? [options.events ?? workspace.events] : [];
  const inputs = [...events, promptsPath, workspace.fleet];
  await saveArtifact(workspace.profile, profileSchema, "Profile", built.profile, inputs, workspace, context);
  const written = [workspace.profile];
  if (built.samples.length > 0 || (await exists(workspace.samples))) {
    await writeContent(
      workspace.samples,
      built.samples.map((sample) => `${JSON.stringify(sample)}\n`).join(""),
    );
    written.push(workspace.samples);
  }
  return { profile: built.profile, written };
}
