import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { readText, sha256 } from "../shared/artifact.js";
import { UsageError } from "../shared/errors.js";
import { scale } from "../shared/money.js";
import { nearest } from "../shared/nearest.js";
import type { GpuOffer, HardwareBook } from "./contract.js";
import { createHardwareBook } from "./hardware-book.js";
import { gpusFile, hardwareSchema, instancesFile, modelsFile, pricesFile } from "./hardware-schema.js";
import { gpuOf, modelOf, offerOf } from "./hardware-tables.js";
import { MISSING, readYaml } from "./read-yaml.js";

/** The tables ship at the package root, two levels up from src/serving and from dist/serving alike. */
const DATA = new URL("../../hardware/", import.meta.url);
const SHIPPED = "This file ships with the package: reinstall it.";
const OWN = "The fields are those of the shipped tables: tokenop schema hardware.yaml";

const TABLES = ["gpus.yaml", "models.yaml", "gpu-prices.yaml", "host-prices.yaml", "instances.yaml"];

/** Parts in a million, for shares of money. */
const MILLION = 1_000_000n;

/**
 * The shipped tables, under the user's own if a file is named. Works offline.
 *
 * @throws UsageError TOP-HARDWARE-MISSING and TOP-HARDWARE-FILE for the user's file; TOP-HARDWARE-NAME where a price
 *   names a GPU that no table knows, with the nearest one.
 */
export async function loadHardwareBook(options: { readonly overrides?: string } = {}): Promise<HardwareBook> {
  const [gpuText, modelText, priceText, hostText, instanceText] = await Promise.all(
    TABLES.map((name) => readFile(new URL(name, DATA), "utf8")),
  );
  const ownText = options.overrides === undefined ? "{}" : await readText(options.overrides, MISSING, OWN);
  const ownPath = options.overrides ?? "(none)";
  const own = readYaml(ownText, ownPath, hardwareSchema, OWN);
  const gpus = [...readYaml(gpuText!, "hardware/gpus.yaml", gpusFile, SHIPPED).gpus, ...own.gpus].map(gpuOf);
  const models = [
    ...readYaml(modelText!, "hardware/models.yaml", modelsFile, SHIPPED).models,
    ...own.models,
  ].map(modelOf);
  const ownOffers = own.offers.map((row) =>
    offerOf(row, { source: basename(ownPath), date: "undated", verified: true }),
  );
  const texts = [
    gpuText,
    modelText,
    priceText,
    hostText,
    instanceText,
    ...(options.overrides === undefined ? [] : [ownText]),
  ];
  const machines = readYaml(instanceText!, "hardware/instances.yaml", instancesFile, SHIPPED);
  const id = `hardware-${sha256(texts.join("\n")).slice(0, 12)}`;
  const rows = {
    gpus: lastOf(gpus, (gpu) => gpu.id),
    models: lastOf(models, (model) => model.id),
    offers: lastOf([...shippedOffers(priceText!), ...ownOffers], placeOf),
    benchmarks: [],
    hosts: shippedHosts(hostText!),
    instances: machines.instances,
    accelerators: machines.accelerators,
  };
  const named = createHardwareBook(rows, id);
  const offers = rows.offers.map((offer) => ({ ...offer, gpu: gpuIdOf(offer, named, ownPath) }));
  return createHardwareBook({ ...rows, offers }, id);
}

function shippedHosts(text: string): GpuOffer[] {
  const file = readYaml(text, "hardware/host-prices.yaml", pricesFile, SHIPPED);
  return file.offers.map((row) => offerOf(row, file));
}

function shippedOffers(text: string): GpuOffer[] {
  const file = readYaml(text, "hardware/gpu-prices.yaml", pricesFile, SHIPPED);
  return file.offers
    .map((row) => offerOf(row, file))
    .map((offer) => {
      const terms = file.reservedDiscounts.filter(
        ({ cloud, gpu }) => cloud === offer.cloud && gpu === offer.gpu && offer.onDemand !== null,
      );
      const reserved = terms.map(({ termMonths, discount }) => ({
        termMonths,
        rate: scale(offer.onDemand!, BigInt(Math.round((1 - discount) * Number(MILLION))), MILLION),
      }));
      const sources = [offer.source, ...terms.map(({ source }) => source)];
      return { ...offer, reserved: [...offer.reserved, ...reserved], source: sources.join("; ") };
    });
}

function placeOf({ cloud, region, instance }: GpuOffer): string {
  return `${cloud}/${region}/${instance}`;
}

/** One row a key, the last one given, in the order of first mention. */
function lastOf<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()];
}

function gpuIdOf(offer: GpuOffer, book: HardwareBook, path: string): string {
  const gpu = book.gpu(offer.gpu);
  if (gpu !== null) return gpu.id;
  const ids = book.gpus.map(({ id }) => id);
  throw new UsageError({
    code: "TOP-HARDWARE-NAME",
    message: `${path}: offer ${placeOf(offer)} names the GPU "${offer.gpu}", which no table knows.`,
    found: `The nearest is "${nearest(offer.gpu, ids) ?? ids.join(", ")}".`,
    fix: "Correct the name, or describe the GPU under gpus: in the same file.",
  });
}
