import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { readText } from "../shared/artifact.js";
import type { Camel } from "../shared/case.js";
import { UsageError } from "../shared/errors.js";
import type { PicoUsd } from "../shared/money.js";
import { nearest } from "../shared/nearest.js";
import { readBenchmarks } from "./benchmarks.js";
import type {
  Benchmark,
  Fleet,
  GpuOffer,
  GpuRates,
  HardwareBook,
  Scaling,
  ServingConfig,
} from "./contract.js";
import { DEFAULT_LAG_MINUTES, fleetFileSchema, type fleetRow } from "./fleet-schema.js";
import { pricedAt } from "./hardware-schema.js";
import { MISSING, readYaml } from "./read-yaml.js";
import { spotOverhead } from "./spot.js";

const FIX = "The fields, with their meaning: tokenop schema fleet.yaml";

type FleetRow = Camel<z.infer<typeof fleetRow>>;

/**
 * Fleets in place, in file order.
 *
 * @throws UsageError TOP-HARDWARE-MISSING and TOP-HARDWARE-FILE for the file; TOP-FLEET-NAME for a model or GPU that no
 *   table knows, with the nearest one; TOP-FLEET-TWICE for a second fleet of one id or of one provider and model;
 *   TOP-FLEET-PRICE where neither the file nor the tables state a price that is needed.
 */
export async function loadFleets(path: string, hardware: HardwareBook): Promise<Fleet[]> {
  return (await readRows(path)).map((row, index) => fleetOf(row, `${path}: fleets.${index}`, hardware));
}

/** What was measured on the fleets of a file; hand it to `withBenchmarks`. Throws as `loadFleets` and `readBenchmarks`. */
export async function loadFleetBenchmarks(path: string, hardware: HardwareBook): Promise<Benchmark[]> {
  const rows = await readRows(path);
  return readBenchmarks(
    rows.flatMap((row, index) => {
      const config = servingOf(row, `${path}: fleets.${index}`, hardware);
      return row.benchmarks.map((file) => ({ path: resolve(dirname(path), file), config }));
    }),
  );
}

async function readRows(path: string): Promise<FleetRow[]> {
  const { fleets } = readYaml(await readText(path, MISSING, FIX), path, fleetFileSchema, FIX);
  fleets.forEach((row, index) => {
    const rival = fleets.findIndex(
      (other, at) =>
        at < index && (other.id === row.id || (other.provider === row.provider && other.model === row.model)),
    );
    if (rival === -1) return;
    throw new UsageError({
      code: "TOP-FLEET-TWICE",
      message: `${path}: fleets.${index} (${row.id}) stands for what fleets.${rival} already does.`,
      found: `Both are named ${row.id}, or both serve ${row.provider}/${row.model}: requests could not be told apart.`,
      fix: "Give each fleet its own id, provider and model, or make them one with the sum of the replicas.",
    });
  });
  return fleets;
}

function servingOf(row: FleetRow, place: string, hardware: HardwareBook): ServingConfig {
  const asked = row.servingModel ?? row.model;
  const model = hardware.model(asked) ?? unknown(place, "model", asked, hardware.models);
  const gpu = hardware.gpu(row.gpu) ?? unknown(place, "GPU", row.gpu, hardware.gpus);
  return {
    model: model.id,
    engine: row.engine,
    gpu: gpu.id,
    gpusPerReplica: row.gpusPerReplica,
    precision: row.precision,
    kvPrecision: row.kvPrecision,
    prefixCaching: row.prefixCaching,
    maximumBatch: row.maximumBatch,
  };
}

function fleetOf(row: FleetRow, place: string, hardware: HardwareBook): Fleet {
  const offer = hardware.offer(row.cloud, row.region, row.instance);
  const rates = ratesOf(row, offer, place);
  const lagMinutes = row.autoscaling?.lagMinutes ?? DEFAULT_LAG_MINUTES;
  if (row.spotShare > 0 && rates.spot === null)
    throw unpriced(
      `${place}: spot_share is ${row.spotShare}, and no spot price is known.`,
      "usd_per_gpu_hour.spot",
    );
  return {
    id: row.id,
    provider: row.provider,
    model: row.model,
    serving: servingOf(row, place, hardware),
    cloud: row.cloud,
    region: row.region,
    instance: row.instance,
    rates,
    scaling: scalingOf(row),
    spare: row.spare,
    utilisation: row.utilisationTarget,
    targets: { ttftMs: row.targets.ttftMs ?? null, tpotMs: row.targets.tpotMs ?? null },
    spotShare: row.spotShare,
    spotOverhead:
      row.spotShare === 0
        ? 1
        : spotOverhead({ interruptedPerMonth: offer?.interruptedPerMonth ?? null, lagMinutes }),
    committed: committedOf(row, rates, place),
    potential: false,
    operationsPicoUsdMonth: 0n,
    ...(row.terraform === undefined ? {} : { terraform: row.terraform }),
  };
}

function scalingOf({ replicas, autoscaling }: FleetRow): Scaling {
  return autoscaling === undefined
    ? { kind: "fixed", replicas: replicas! }
    : { kind: "autoscaled", ...autoscaling };
}

/** The user's own price is what they pay; a listed one only stands in for it. */
function ratesOf(row: FleetRow, offer: GpuOffer | null, place: string): GpuRates {
  const own = row.usdPerGpuHour;
  if (own !== undefined) {
    return {
      onDemand: pricedAt(own.onDemand)!,
      spot: own.spot === undefined ? null : pricedAt(own.spot),
      reserved: own.reserved.map((term) => ({ termMonths: term.termMonths, rate: pricedAt(term.usd)! })),
      source: place,
      basis: "measured",
    };
  }
  const { cloud, region, instance } = row;
  if (offer === null || offer.onDemand === null)
    throw unpriced(`${place}: no price of ${cloud} ${instance} in ${region} is known.`, "usd_per_gpu_hour");
  return {
    onDemand: offer.onDemand,
    spot: offer.spot,
    reserved: offer.reserved,
    source: offer.source,
    basis: "assumed",
  };
}

function committedOf({ committed }: FleetRow, rates: GpuRates, place: string): Fleet["committed"] {
  if (committed === undefined) return null;
  const { gpus, termMonths, usdPerGpuHour } = committed;
  const listed = rates.reserved.find((term) => term.termMonths === termMonths)?.rate;
  const rate: PicoUsd | undefined = usdPerGpuHour === undefined ? listed : pricedAt(usdPerGpuHour)!;
  if (rate === undefined)
    throw unpriced(
      `${place}: no price of a commitment of ${termMonths} months is known.`,
      "committed.usd_per_gpu_hour",
    );
  return { gpus, termMonths, rate };
}

function unpriced(message: string, field: string): UsageError {
  return new UsageError({
    code: "TOP-FLEET-PRICE",
    message,
    found: "What a fleet costs is never guessed.",
    fix: `State it in ${field}. ${FIX}`,
  });
}

function unknown(place: string, what: string, name: string, rows: readonly { readonly id: string }[]): never {
  const ids = rows.map(({ id }) => id);
  throw new UsageError({
    code: "TOP-FLEET-NAME",
    message: `${place}: the ${what} "${name}" is in no table.`,
    found: `The nearest is "${nearest(name, ids) ?? ids.join(", ")}".`,
    fix: `Correct the name${what === "model" ? ", or name the open-weight model in serving_model" : ""}. ${FIX}`,
  });
}
