import { estimatedTiming, type Prepared, prepare, solveCapacity } from "./capacity.js";
import type {
  Benchmark,
  Capacity,
  GpuOffer,
  GpuSpec,
  HardwareBook,
  LatencyTargets,
  ModelSpec,
  RequestShape,
  ServingConfig,
} from "./contract.js";
import { measuredTiming } from "./measured-timing.js";

export interface HardwareRows {
  readonly gpus: readonly GpuSpec[];
  readonly models: readonly ModelSpec[];
  readonly offers: readonly GpuOffer[];
  readonly benchmarks: readonly Benchmark[];
  /** Dearer hosts, priced where they are found; GPU names as written. */
  readonly hosts?: readonly GpuOffer[];
  readonly instances?: readonly InstanceRow[];
  readonly accelerators?: readonly { readonly name: string; readonly aliases: readonly string[] }[];
}

export interface InstanceRow {
  readonly cloud: string;
  readonly accelerator: string;
  readonly count: number;
  readonly names: readonly string[];
}

/** Lookups over the tables; where two rows claim a name, the later one has it. */
export function createHardwareBook(rows: HardwareRows, id: string): HardwareBook {
  const gpus = indexed(rows.gpus, plainName);
  const models = indexed(rows.models, modelName);
  const gpu: HardwareBook["gpu"] = (name) => gpus.get(name) ?? gpus.get(plainName(name)) ?? null;
  const book: Omit<HardwareBook, "capacity"> = {
    ...rows,
    id,
    gpu,
    model: (name) => models.get(name) ?? models.get(modelName(name)) ?? null,
    ...machineLookups(rows, gpu),
  };
  return { ...book, capacity: rememberedCapacity(book) };
}

function machineLookups(
  { offers, hosts = [], instances = [], accelerators = [] }: HardwareRows,
  gpu: HardwareBook["gpu"],
): Pick<HardwareBook, "offer" | "instance" | "accelerator"> {
  const priced = new Map(
    [...hosts, ...offers].map((row) => [placeOf(row.cloud, row.region, row.instance), row]),
  );
  const names = new Map(
    accelerators.flatMap(({ name, aliases }) => [name, ...aliases].map((alias) => [plainName(alias), name])),
  );
  const machines = new Map(
    instances.flatMap((row) => row.names.map((name) => [machineOf(row.cloud, name), row])),
  );
  const offered = new Map([...hosts, ...offers].map((row) => [machineOf(row.cloud, row.instance), row]));
  const accelerator: HardwareBook["accelerator"] = (asked) => {
    const name = names.get(plainName(asked)) ?? asked;
    const known = gpu(name);
    return { name: known?.id ?? name, gpu: known?.id ?? null };
  };
  return {
    accelerator,
    offer: (cloud, region, instance) => priced.get(placeOf(cloud, region, instance)) ?? null,
    instance(cloud, name) {
      const row = machines.get(machineOf(cloud, name));
      if (row !== undefined) return { ...accelerator(row.accelerator), count: row.count };
      // The user's own offers say what a machine of theirs holds.
      const offer = offered.get(machineOf(cloud, name));
      return offer === undefined ? null : { ...accelerator(offer.gpu), count: offer.gpusPerInstance };
    },
  };
}

const placeOf = (cloud: string, region: string, instance: string): string => `${cloud} ${region} ${instance}`;

/** Azure writes sizes in any case; SageMaker puts `ml.` before the names of AWS. */
const machineOf = (cloud: string, name: string): string =>
  `${cloud} ${name.toLowerCase().replace(/^ml\./, "")}`;

/**
 * What one replica of `config` carries within `targets`. A benchmark of the user's at the same model, engine, GPU,
 * tensor parallelism and precision stands before the estimate; the two are never mixed.
 */
export function capacityOf(
  config: ServingConfig,
  shape: RequestShape,
  targets: LatencyTargets,
  book: Omit<HardwareBook, "capacity">,
): Capacity {
  const prepared = preparedFor(config, book);
  return typeof prepared === "string"
    ? { fits: false, reason: prepared }
    : capacityFrom(prepared, shape, targets, book);
}

function capacityFrom(
  prepared: Prepared,
  shape: RequestShape,
  targets: LatencyTargets,
  { benchmarks }: Omit<HardwareBook, "capacity">,
): Capacity {
  const timing = measuredTiming(prepared, shape, benchmarks) ?? estimatedTiming(prepared);
  return solveCapacity(prepared, shape, targets, timing);
}

function preparedFor(config: ServingConfig, book: Omit<HardwareBook, "capacity">): Prepared | string {
  const [model, gpu] = [book.model(config.model), book.gpu(config.gpu)];
  if (model === null) return `The shape of the model "${config.model}" is not known.`;
  if (gpu === null) return `The GPU "${config.gpu}" is not known.`;
  return prepare({ ...config, model: model.id, gpu: gpu.id }, model, gpu);
}

/** Answers are remembered: a plan asks the same few thousand questions a hundred thousand times. */
function rememberedCapacity(book: Omit<HardwareBook, "capacity">): HardwareBook["capacity"] {
  const preparations = new Map<string, Prepared | string>();
  const answers = new Map<string, Capacity>();
  return (config, shape, targets) => {
    const of = configKey(config);
    const key = `${of} ${shape.inputTokens} ${shape.outputTokens} ${shape.prefixHitShare} ${targets.ttftMs} ${targets.tpotMs}`;
    let answer = answers.get(key);
    if (answer !== undefined) return answer;
    let prepared = preparations.get(of);
    if (prepared === undefined) {
      prepared = preparedFor(config, book);
      preparations.set(of, prepared);
    }
    answer =
      typeof prepared === "string"
        ? { fits: false, reason: prepared }
        : capacityFrom(prepared, shape, targets, book);
    answers.set(key, answer);
    return answer;
  };
}

function configKey(config: ServingConfig): string {
  const { model, engine, gpu, gpusPerReplica, precision, kvPrecision, prefixCaching, maximumBatch } = config;
  return `${model} ${engine} ${gpu} ${gpusPerReplica} ${precision} ${kvPrecision} ${prefixCaching} ${maximumBatch}`;
}

/** The same tables with the user's own measurements. */
export function withBenchmarks(
  book: HardwareBook & Partial<HardwareRows>,
  benchmarks: readonly Benchmark[],
): HardwareBook {
  return createHardwareBook({ ...book, benchmarks: [...book.benchmarks, ...benchmarks] }, book.id);
}

function indexed<T extends { readonly id: string; readonly aliases: readonly string[] }>(
  rows: readonly T[],
  nameOf: (text: string) => string,
): Map<string, T> {
  const index = new Map<string, T>();
  for (const row of rows) for (const alias of row.aliases) index.set(nameOf(alias), row);
  // Ids are set last: an alias never hides a row's own name. As written too: ids are looked up a hundred thousand times.
  for (const row of rows) index.set(nameOf(row.id), row).set(row.id, row);
  return index;
}

function plainName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** `meta-llama/Llama-3.1-8B-Instruct`, `meta.llama3-1-8b-instruct-v1:0` and `llama-3.1-8b-instruct` are one name. */
function modelName(text: string): string {
  const own = text.toLowerCase().split("/").at(-1)!;
  const unversioned = own.replace(/-v\d+:\d+$/, "").replace(/^(?:us\.|eu\.|apac\.)?[a-z]+\.(?=[a-z])/, "");
  return plainName(unversioned.replace(/^meta-(?=llama)/, ""));
}
