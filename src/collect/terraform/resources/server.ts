import { type Found, NO_PLACEMENT, type ServerFound, type Size } from "../../../serving/contract.js";
import { engineOf, nimModel } from "../engines/engine.js";
import { type Started, settingsOf } from "../engines/settings.js";

/** What a platform says of a container, before its command is understood. */
export interface Container extends Started {
  readonly image: string | null;
  /** Kinds that the platform itself declares, such as a chart's; the image and command win. */
  readonly engine?: ServerFound["engine"] | null;
  readonly model?: string | null;
  readonly name: string | null;
  readonly replicas: Size;
  readonly autoscaled: boolean;
  readonly gpusPerReplica: number | null;
  readonly names: readonly string[];
  readonly placement?: Partial<ServerFound["placement"]>;
}

/** null where the container serves no model with an engine that is known. */
export function serverOf(base: Found, container: Container): ServerFound | null {
  const { image, words, name, replicas, autoscaled, gpusPerReplica, names } = container;
  const engine = engineOf(image, words) ?? container.engine ?? null;
  if (engine === null) return null;
  const settings = settingsOf(engine, container);
  return {
    ...base,
    ...settings,
    engine,
    image,
    name,
    model: settings.model ?? container.model ?? nimModel(image),
    replicas,
    autoscaled,
    gpusPerReplica,
    names: [...new Set(names)],
    placement: { ...NO_PLACEMENT, ...container.placement },
  };
}
