import { blendedRate } from "../../levers/index.js";
import { asksNoMore } from "./dominance.js";
import type { FleetConfig } from "./problem.js";

/**
 * Drops configurations that another one beats under every load: the same way of scaling and of committing, no more
 * work for any request, no dearer replica, no lever and no proof that the beaten one lacks. The fleet as it is stays.
 *
 * @param workOf replica time of a request, for every kind of request that some option sends to the fleet.
 */
export function dropDominatedConfigs(
  configs: readonly FleetConfig[],
  workOf: (config: FleetConfig) => readonly number[],
): FleetConfig[] {
  const work = new Map(configs.map((config) => [config, workOf(config)]));
  return configs.filter(
    (config, index) =>
      index === 0 ||
      !configs.some(
        (other, place) =>
          other !== config && beats(other, config, work.get(other)!, work.get(config)!, place < index),
      ),
  );
}

/** `first` decides between equals, so that one of them stays. */
function beats(
  a: FleetConfig,
  b: FleetConfig,
  workOfA: readonly number[],
  workOfB: readonly number[],
  first: boolean,
): boolean {
  if (!scalesAlike(a, b) || !takesNoMore(a, b)) return false;
  if (!asksNoMore(a.changes, b.changes)) return false;
  const [replicaOfA, replicaOfB] = [replicaRate(a), replicaRate(b)];
  // Also where the number of replicas is fixed: it limits what may be sent to them.
  if (replicaOfA > replicaOfB || workOfA.some((work, option) => work > workOfB[option]!)) return false;
  const isSame = replicaOfA === replicaOfB && workOfA.every((work, option) => work === workOfB[option]);
  return !isSame || a.changes.length < b.changes.length || (a.changes.length === b.changes.length && first);
}

function scalesAlike({ fleet: a }: FleetConfig, { fleet: b }: FleetConfig): boolean {
  return (
    JSON.stringify(a.scaling) === JSON.stringify(b.scaling) &&
    a.spare === b.spare &&
    a.utilisation === b.utilisation &&
    a.operationsPicoUsdMonth === b.operationsPicoUsdMonth &&
    a.committed?.gpus === b.committed?.gpus &&
    a.committed?.rate === b.committed?.rate
  );
}

function takesNoMore(a: FleetConfig, b: FleetConfig): boolean {
  return a.changes.every(({ lever, effect }) =>
    b.changes.some((other) => other.lever.id === lever.id && effect.oneOff <= other.effect.oneOff),
  );
}

function replicaRate({ fleet }: FleetConfig): bigint {
  return blendedRate(fleet) * BigInt(fleet.serving.gpusPerReplica);
}
