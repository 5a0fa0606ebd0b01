import type { z } from "zod";
import type { Camel } from "../../shared/case.js";
import { formatExact, type PicoUsd, scale } from "../../shared/money.js";
import type { GpuOffer, HardwareBook } from "../contract.js";
import type { infrastructureSchema } from "../infrastructure-schema.js";
import type { EndpointFound, PoolFound, Purchase, Size } from "../inventory.js";

export type Infrastructure = Camel<z.infer<typeof infrastructureSchema>>;
export type Pool = Infrastructure["pools"][number];
export type Endpoint = Infrastructure["endpoints"][number];
type Price = Pool["price"];
type Accelerator = Pool["accelerator"];

/** Parts in a million, for shares of money. */
const MILLION = 1_000_000;

const TYPE_FIELD =
  /(instance_type|instance_types|machine_type|vm_size|sku|size|launch_template|launch_configuration|instance_template)$/;

/** Pools with accelerators, and those whose machine type is not stated; machines without accelerators are left out. */
export function equippedPools(
  pools: readonly PoolFound[],
  hardware: HardwareBook,
): Pick<Infrastructure, "pools" | "undecided"> {
  const equipped = pools.flatMap((pool) => {
    const accelerator = acceleratorOf(pool, hardware);
    return accelerator === null && !pool.markedGpu ? [] : [equippedPool(pool, accelerator, hardware)];
  });
  const undecided = pools.flatMap((pool) => {
    const why = pool.unknown.find(({ field }) => TYPE_FIELD.test(field));
    const open =
      pool.instances.length === 0 && pool.attached === null && !pool.markedGpu && why !== undefined;
    const { source, address, line } = pool;
    return open ? [{ source, address, line, reason: why.reason }] : [];
  });
  return { pools: equipped, undecided };
}

function equippedPool(pool: PoolFound, accelerator: Accelerator, hardware: HardwareBook): Pool {
  const { source, address, line, status, tags, unknown, cloud, region, kind, name, autoscaled } = pool;
  return {
    source,
    address,
    line,
    status,
    tags: [...tags],
    unknown: [...unknown],
    cloud,
    region,
    kind,
    name,
    instances: [...pool.instances],
    accelerator,
    size: { ...pool.size },
    autoscaled,
    purchase: pool.purchase === null ? null : { ...pool.purchase },
    price: poolPrice(pool, hardware),
  };
}

/** Attached ones win: the machine type that they hang on has none. Else the first type that has any. */
export function acceleratorOf(
  { cloud, attached, instances }: Pick<PoolFound, "cloud" | "attached" | "instances">,
  hardware: HardwareBook,
): Accelerator {
  if (attached !== null) return { ...hardware.accelerator(attached.accelerator), count: attached.count };
  for (const instance of instances) {
    const found = hardware.instance(cloud, instance);
    if (found !== null) return { ...found };
  }
  return null;
}

function poolPrice(
  { cloud, region, instances, attached, size, purchase }: PoolFound,
  hardware: HardwareBook,
): Price {
  const [instance] = instances;
  if (instance === undefined) return unpriced("the machine type is not stated");
  if (region === null) return unpriced("the region is not stated");
  // Some machine types come with their accelerators and name them again; others have what is attached to them.
  if (attached !== null && hardware.instance(cloud, instance) === null)
    return unpriced(`no price of ${instance} with attached accelerators is known`);
  const offer = hardware.offer(cloud, region, instance);
  if (offer === null) return unpriced(`no price of ${cloud} ${instance} in ${region} is known`);
  if (purchase === null) return unpriced("how much of it is spot is not stated");
  if (purchase.kind === "capacity_block")
    return unpriced("a capacity block is paid ahead, at a price of its own");
  const rate = rateOf(offer, purchase);
  return rate === null
    ? unpriced(
        `no ${purchase.spotShare > 0 ? "spot " : ""}price of ${cloud} ${instance} in ${region} is known`,
      )
    : priced(rate, size, offer);
}

/** Pico-USD of one machine and hour, spot and on demand by their shares. */
function rateOf({ onDemand, spot, gpusPerInstance }: GpuOffer, { spotShare }: Purchase): PicoUsd | null {
  const share = Math.round(spotShare * MILLION);
  if ((share > 0 && spot === null) || (share < MILLION && onDemand === null)) return null;
  const gpu = (spot ?? 0n) * BigInt(share) + (onDemand ?? 0n) * BigInt(MILLION - share);
  return scale(gpu * BigInt(gpusPerInstance), 1n, BigInt(MILLION));
}

function priced(rate: PicoUsd, { minimum, desired, maximum }: Size, { source, date }: GpuOffer): Price {
  const at = (count: number | null): string | null =>
    count === null ? null : formatExact(scale(rate, BigInt(Math.round(count)), 1n));
  return {
    usdPerInstanceHour: formatExact(rate),
    usdPerHour: { minimum: at(minimum), desired: at(desired), maximum: at(maximum) },
    basis: "assumed",
    source,
    date,
    reason: null,
  };
}

function unpriced(reason: string): Price {
  return {
    usdPerInstanceHour: null,
    usdPerHour: { minimum: null, desired: null, maximum: null },
    basis: null,
    source: null,
    date: null,
    reason,
  };
}

/** An endpoint with what its machines hold and cost; requests are joined later. */
export function equippedEndpoint(found: EndpointFound, hardware: HardwareBook): Omit<Endpoint, "events"> {
  const { source, address, line, status, tags, unknown, service, cloud, region, name, model } = found;
  const { billing, unit, size, instance, commitment, autoscaled, scaleToZero, trafficShare } = found;
  const instances = instance === null ? [] : [instance];
  return {
    source,
    address,
    line,
    status,
    tags: [...tags],
    unknown: [...unknown],
    service,
    cloud,
    region,
    name,
    model,
    billing,
    unit,
    size: { ...size },
    instance,
    accelerator: acceleratorOf({ cloud, attached: found.attached, instances }, hardware),
    commitment,
    autoscaled,
    scaleToZero,
    trafficShare,
    price: endpointPrice(found, hardware),
  };
}

function endpointPrice(
  { cloud, region, instance, billing, unit, size }: EndpointFound,
  hardware: HardwareBook,
): Price {
  if (billing === "per_use") return unpriced("paid by use, not by the hour");
  if (cloud === "databricks") return unpriced("paid in DBUs, by the workspace's own price list");
  if (billing === "provisioned") return unpriced("no price of a provisioned unit is known");
  if (instance === null) return unpriced("the machine type is not stated");
  if (region === null) return unpriced("the region is not stated");
  const offer = unit === "instances" ? hardware.offer(cloud, region, instance) : null;
  const rate = offer === null ? null : rateOf(offer, { kind: "on_demand", spotShare: 0 });
  return offer === null || rate === null
    ? unpriced(`no price of ${cloud} ${instance} in ${region} is known`)
    : priced(rate, size, offer);
}
