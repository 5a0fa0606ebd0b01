import type { TerraformFolder } from "../contract.js";
import type { ChangedFleet } from "../fleets.js";
import { addressOf, describeModule } from "./address.js";
import { AWS_KINDS } from "./aws.js";
import { AZURE_KINDS } from "./azure.js";
import { commitmentFile } from "./commitments.js";
import type { Draft, Resource, Setting } from "./draft.js";
import { GOOGLE_KINDS } from "./google.js";
import type { ResourceKind, Size } from "./kinds.js";
import { addSpotPool } from "./pools.js";
import type { Wishes } from "./wishes.js";

export const RESOURCE_KINDS: Readonly<Record<string, ResourceKind>> = {
  ...AWS_KINDS,
  ...GOOGLE_KINDS,
  ...AZURE_KINDS,
};

/** What happened to one fleet's resource, for the header of the diff. */
export interface FleetReport {
  readonly fleet: string;
  readonly address: string;
  /** What the plan wants, one line a wish. */
  readonly wanted: readonly string[];
  /** What was left as it is, and who decides it. */
  readonly hidden: readonly string[];
  readonly notes: readonly string[];
  /** Addresses that Terraform destroys and creates anew. */
  readonly replaced: readonly string[];
}

/** Changes the draft as far as the files allow. */
export async function changeFleet(
  fleet: ChangedFleet,
  wishes: Wishes,
  draft: Draft,
  folder: TerraformFolder,
): Promise<FleetReport> {
  const { address: written } = fleet.after.fleet.terraform!;
  const report = { fleet: fleet.id, address: written, wanted: wantedLines(wishes) };
  const stop = (...hidden: string[]): FleetReport => ({ ...report, hidden, notes: [], replaced: [] });
  const address = addressOf(written);
  if (address === null) return stop(`${written} is not the address of a resource.`);
  if (address.modules.length > 0) return stop(...(await describeModule(address, draft, folder)));
  const kind = RESOURCE_KINDS[address.type];
  if (kind === undefined)
    return stop(`${address.type} is not a type whose arguments are known here: change it by hand.`);
  if ((await draft.find(address)) === null) {
    const broken = await draft.broken();
    return stop(
      broken.length > 0
        ? `${written} was not found, and ${broken.join(", ")} cannot be read.`
        : `${written} is declared in no .tf file of the folder (JSON files are not read).`,
    );
  }
  const outcome = await changeResource(address, kind, wishes, draft);
  const commitment =
    wishes.commitment === null ? null : commitmentFile(address.type, wishes.commitment, fleet.after);
  if (commitment !== null) draft.addFile(commitment.file, commitment.text);
  return {
    ...report,
    hidden: [...outcome.hidden, ...regionLine(wishes)],
    notes: [...outcome.notes, ...(commitment?.notes ?? [])],
    replaced: outcome.replaced,
  };
}

async function changeResource(resource: Resource, kind: ResourceKind, wishes: Wishes, draft: Draft) {
  const hidden: string[] = [];
  const notes: string[] = [];
  const { spot, instance, size } = wishes;
  const needsPool =
    spot !== null && spot.share < 1 && kind.spotShare === undefined && kind.pool !== undefined;
  const take = async (of: Resource, asked: Wishes) => {
    const outcome = await kind.prepare?.(draft, of, asked);
    hidden.push(...(outcome?.hidden ?? []));
    notes.push(...(outcome?.notes ?? []));
  };
  await take(resource, needsPool ? { ...wishes, spot: null } : wishes);
  if (instance !== null)
    hidden.push(
      ...(kind.instance === undefined
        ? [`${resource.type} has no machine type: set ${instance.name} where its machines are described.`]
        : await draft.set(resource, kind.instance(instance.name))),
    );
  if (size !== null) hidden.push(...(await setSize(resource, kind, size, draft)));
  if (spot === null) return { hidden, notes, replaced: replacedBy(resource, kind, wishes) };
  if (!needsPool) {
    hidden.push(...(await setSpot(resource, kind, wishes, draft)));
    return { hidden, notes, replaced: replacedBy(resource, kind, wishes) };
  }
  const beside = await addSpotPool(
    draft,
    resource,
    { share: spot.share, committed: wishes.commitment?.machines ?? 0 },
    kind,
  );
  hidden.push(...beside.hidden);
  await take(beside.pool, { ...wishes, size: null, instance: null });
  notes.push(
    `${beside.pool.type}.${beside.pool.name} is new, on spot; ${resource.name} keeps the rest on demand. Nothing moves until pods may run on both.`,
  );
  return { hidden, notes, replaced: replacedBy(resource, kind, { ...wishes, spot: null }) };
}

async function setSize(resource: Resource, kind: ResourceKind, size: Size, draft: Draft): Promise<string[]> {
  const settings = kind.size?.(size) ?? [];
  const { block } = (await draft.find(resource))!;
  const isThere = ({ path, name, whenAbsent }: Setting) =>
    whenAbsent === "add" || (path.length === 0 && block.attributes.some((one) => one.name === name));
  if (settings.some(isThere)) return draft.set(resource, settings);
  const wanted = size.minimum === size.maximum ? `${size.maximum}` : `${size.minimum} to ${size.maximum}`;
  return [`${resource.type}.${resource.name} does not count its machines: there should be ${wanted}.`];
}

async function setSpot(
  resource: Resource,
  kind: ResourceKind,
  wishes: Wishes,
  draft: Draft,
): Promise<string[]> {
  const { share } = wishes.spot!;
  const committed = wishes.commitment?.machines ?? 0;
  if (share < 1 && kind.spotShare !== undefined) return draft.set(resource, kind.spotShare(share, committed));
  if (share < 1)
    return [`${percent(share)} on spot: ${kind.noShare ?? `${resource.type} cannot be divided`}.`];
  return kind.spot === undefined
    ? [`${resource.type} does not say how machines are bought: set spot on what it scales.`]
    : draft.set(resource, kind.spot(committed));
}

function replacedBy({ type, name }: Resource, { replaces = [] }: ResourceKind, wishes: Wishes): string[] {
  const isReplaced = replaces.some(
    (wish) => wishes[wish] !== null && (wish !== "spot" || wishes.spot!.share === 1),
  );
  return isReplaced ? [`${type}.${name}`] : [];
}

export function wantedLines({ spot, instance, size, commitment, region }: Wishes): string[] {
  return [
    ...(spot === null ? [] : [`${percent(spot.share)} of what is not committed on spot (${spot.action})`]),
    ...(instance === null ? [] : [`machines of type ${instance.name} (${instance.action})`]),
    ...(size === null
      ? []
      : [
          size.minimum === size.maximum
            ? `${machines(size.maximum)} (${size.action})`
            : `${size.minimum} to ${machines(size.maximum)} (${size.action})`,
        ]),
    ...(commitment === null
      ? []
      : [
          `${machines(commitment.machines)} committed for ${commitment.termMonths} months (${commitment.action})`,
        ]),
    ...(region === null ? [] : [`a move to ${region.name} (${region.action})`]),
  ];
}

const regionLine = ({ region }: Wishes): string[] =>
  region === null
    ? []
    : [`A move to ${region.name} is a new deployment beside the old one: no edit in place can do it.`];

const machines = (count: number): string => `${count} machine${count === 1 ? "" : "s"}`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
