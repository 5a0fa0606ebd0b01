import { type ChangedFleet, machinesFor, machinesOfGpus } from "../fleets.js";

/** What a plan wants of the machines of one fleet; each part names the action that asks for it. */
export interface Wishes {
  /** Share of the machines that are not committed, 0..1. */
  readonly spot: { readonly share: number; readonly action: string } | null;
  readonly instance: { readonly name: string; readonly action: string } | null;
  readonly size: {
    readonly minimum: number;
    readonly maximum: number;
    readonly scales: boolean;
    readonly action: string;
  } | null;
  readonly commitment: {
    readonly machines: number;
    readonly gpus: number;
    readonly termMonths: number;
    readonly action: string;
  } | null;
  /** Elsewhere: nothing that an edit in place can do. */
  readonly region: { readonly name: string; readonly action: string } | null;
}

const LEVERS = new Set(["spot", "gpu-type", "region", "right-size", "autoscaling", "reserved"]);

/** null where no written action concerns machines. */
export function wishesOf({ actions, before, after }: ChangedFleet): Wishes | null {
  const of = (...levers: string[]) => actions.filter(({ lever }) => levers.includes(lever)).at(-1)?.id;
  if (!actions.some(({ lever }) => LEVERS.has(lever))) return null;
  const { fleet, replicas } = after;
  const spot = of("spot");
  const sized = of("right-size", "autoscaling");
  const moved = of("region", "gpu-type");
  const reserved = of("reserved");
  const isElsewhere =
    before !== null && (before.fleet.cloud !== fleet.cloud || before.fleet.region !== fleet.region);
  return {
    spot: spot === undefined ? null : { share: fleet.spotShare, action: spot },
    instance:
      moved === undefined || isElsewhere || before?.fleet.instance === fleet.instance
        ? null
        : { name: fleet.instance, action: moved },
    size:
      sized === undefined
        ? null
        : {
            minimum: machinesFor(replicas.least, after),
            maximum: machinesFor(replicas.most, after),
            scales: fleet.scaling.kind === "autoscaled",
            action: sized,
          },
    commitment:
      reserved === undefined || fleet.committed === null
        ? null
        : {
            machines: machinesOfGpus(fleet.committed.gpus, after),
            gpus: fleet.committed.gpus,
            termMonths: fleet.committed.termMonths,
            action: reserved,
          },
    region:
      moved !== undefined && isElsewhere
        ? { name: `${fleet.cloud} ${fleet.region} (${fleet.instance})`, action: moved }
        : null,
  };
}
