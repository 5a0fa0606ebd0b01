import { posix } from "node:path";
import { formatExact } from "../../shared/money.js";
import type { HardwareBook } from "../contract.js";
import { ENGINES, type KvPrecision, type Precision } from "../formats.js";
import type { Server } from "./describe.js";
import type { Infrastructure } from "./machines.js";

/** A line of a proposed fleet: a field with its value, or one that nobody stated. */
type Line =
  | { readonly field: string; readonly value: string; readonly note?: string }
  | { readonly missing: string; readonly reason: string }
  /** Not stated, and a default holds. */
  | { readonly optional: string; readonly reason: string };

/** Where a server runs and on what, as a fleet needs it. */
interface Machine {
  readonly address: string;
  readonly cloud: string;
  readonly region: string | null;
  readonly instance: string | null;
  readonly gpu: string | null;
  readonly accelerator: string | null;
  readonly spotShare: number;
  readonly source: string;
}

const HEADER = `# Proposed by \`tokenop discover\` from what it found declared. \`tokenop plan\` reads fleet.yaml, never this file:
# check every value, fill in what is marked "fill in", and save it as fleet.yaml. The fields: tokenop schema fleet.yaml
# Written anew by each discovery.
apiVersion: tokenop/v1
kind: Fleet
fleets:
`;

/**
 * fleet.yaml as far as the infrastructure tells it; null where no server of one's own was found. What is not stated is
 * a comment to fill in, so that the file is refused by line and field until somebody has.
 *
 * @param base folder that sources are relative to, from the folder of fleet.yaml; null: not known.
 */
export function proposeFleets(
  infrastructure: Infrastructure,
  hardware: HardwareBook,
  base: string | null,
): string | null {
  const servers = infrastructure.servers.filter(({ status }) => status !== "leaving");
  if (servers.length === 0) return null;
  const ids = new Set<string>();
  const served = new Set<string>();
  const fleets = servers.map((server) => {
    const lines = fleetLines(server, machineOf(server, infrastructure), hardware, base);
    const id = unusedId(server, ids);
    const key = servedKey(lines);
    const twice = key !== null && served.has(key);
    if (key !== null) served.add(key);
    return rendered(server, [{ field: "id", value: text(id) }, ...lines], twice);
  });
  return HEADER + fleets.join("") + idleMachines(infrastructure);
}

function machineOf({ runsOn }: Server, { pools, endpoints }: Infrastructure): Machine | null {
  const pool = pools.find(({ address }) => address === runsOn);
  const endpoint = endpoints.find(({ address }) => address === runsOn);
  const found = pool ?? endpoint;
  if (found === undefined) return null;
  return {
    address: found.address,
    cloud: found.cloud,
    region: found.region,
    instance: pool?.instances[0] ?? endpoint?.instance ?? null,
    gpu: found.accelerator?.gpu ?? null,
    accelerator: found.accelerator?.name ?? null,
    spotShare: pool?.purchase?.spotShare ?? 0,
    source: found.source,
  };
}

function fleetLines(
  server: Server,
  machine: Machine | null,
  hardware: HardwareBook,
  base: string | null,
): Line[] {
  return [
    ...servedLines(server, hardware),
    ...engineLines(server),
    ...gpuLines(server, machine),
    ...sizeLines(server),
    ...machineLines(server, machine),
    ...priceLines(machine, hardware),
    ...terraformLines(machine, base),
  ];
}

function servedLines(server: Server, hardware: HardwareBook): Line[] {
  const [seen] = server.events.toSorted((left, right) => right.events - left.events);
  const model = seen?.model ?? server.servedNames[0] ?? server.model;
  const shape = server.model === null ? null : hardware.model(server.model);
  const lines: Line[] = [
    seen?.provider == null
      ? missing("provider", "no request of this discovery went there; as your events name it")
      : stated("provider", text(seen.provider)),
    model === null
      ? missing("model", "not stated; as your events name it")
      : stated("model", text(model), seen === undefined ? "as your events name it: check" : undefined),
  ];
  if (shape !== null && shape !== hardware.model(model ?? "")) lines.push(stated("serving_model", shape.id));
  if (shape === null && server.model !== null && hardware.model(model ?? "") === null) {
    lines.push(
      missing("serving_model", `the shape of ${server.model} is in no table; describe it in hardware.yaml`),
    );
  }
  return lines;
}

function engineLines({ engine, quantization, kvPrecision, prefixCaching, maximumBatch }: Server): Line[] {
  const modelled = (ENGINES as readonly string[]).includes(engine);
  const precision = precisionOf(quantization);
  const kv = kvPrecisionOf(kvPrecision);
  return [
    modelled
      ? stated("engine", engine)
      : missing("engine", `${engine} is not modelled; the nearest of ${ENGINES.join(", ")}`),
    precision === null
      ? optional(
          "precision",
          `${quantization === null ? "not stated" : `"${quantization}" is not modelled`}; bf16 where left out`,
        )
      : stated("precision", precision),
    ...(kv === null ? [] : [stated("kv_precision", kv)]),
    ...(prefixCaching === null ? [] : [stated("prefix_caching", `${prefixCaching}`)]),
    ...(maximumBatch === null ? [] : [stated("maximum_batch", `${maximumBatch}`)]),
  ];
}

function precisionOf(quantization: string | null): Precision | null {
  const name = quantization?.toLowerCase() ?? "";
  if (/fp8|e4m3|e5m2/.test(name)) return "fp8";
  if (/awq|gptq|int4|4bit|nf4|marlin/.test(name)) return "int4";
  if (/int8|w8a8|8bit/.test(name)) return "int8";
  return /^(bf16|bfloat16|fp16|float16|half)$/.test(name) ? "bf16" : null;
}

const kvPrecisionOf = (name: string | null): KvPrecision | null =>
  name === null
    ? null
    : /fp8/i.test(name)
      ? "fp8"
      : /^(bf16|bfloat16|fp16|float16)$/i.test(name)
        ? "bf16"
        : null;

function gpuLines(
  { tensorParallel, pipelineParallel, gpusPerReplica }: Server,
  machine: Machine | null,
): Line[] {
  const gpus = tensorParallel ?? gpusPerReplica;
  const lines: Line[] = [
    machine?.gpu == null
      ? missing("gpu", machine?.accelerator == null ? "not stated" : `${machine.accelerator} is in no table`)
      : stated("gpu", machine.gpu),
    gpus === null
      ? optional("gpus_per_replica", "not stated; 1 where left out")
      : stated("gpus_per_replica", `${gpus}`, parallelNote(gpus, pipelineParallel)),
  ];
  return lines;
}

const parallelNote = (tensor: number, pipeline: number | null): string | undefined =>
  pipeline !== null && pipeline > 1
    ? `and ${pipeline} in a pipeline, ${tensor * pipeline} GPUs in all: pipelines are not modelled`
    : undefined;

function sizeLines({ replicas, autoscaled, unknown }: Server): Line[] {
  const why = unknown.find(({ field }) => /replica|count|size/i.test(field))?.reason ?? "not stated";
  if (autoscaled) {
    return replicas.minimum === null
      ? [missing("autoscaling", `{ floor: ... }: ${why}`)]
      : [
          stated(
            "autoscaling",
            `{ floor: ${replicas.minimum} }`,
            replicas.maximum === null ? undefined : `at most ${replicas.maximum}`,
          ),
        ];
  }
  const count = replicas.desired;
  return [count === null || count === 0 ? missing("replicas", why) : stated("replicas", `${count}`)];
}

function machineLines({ runsOnBecause }: Server, machine: Machine | null): Line[] {
  const why = machine === null ? (runsOnBecause ?? "not stated") : "not stated";
  return [
    machine === null
      ? missing("cloud", why)
      : stated("cloud", text(machine.cloud), `runs on ${machine.address}: ${runsOnBecause}`),
    machine?.region == null ? missing("region", why) : stated("region", text(machine.region)),
    machine?.instance == null ? missing("instance", why) : stated("instance", text(machine.instance)),
    ...(machine !== null && machine.spotShare > 0 ? [stated("spot_share", `${machine.spotShare}`)] : []),
  ];
}

function priceLines(machine: Machine | null, hardware: HardwareBook): Line[] {
  const { cloud, region, instance } = machine ?? { cloud: null, region: null, instance: null };
  if (cloud === null || region === null || instance === null)
    return [missing("usd_per_gpu_hour", "{ on_demand: ... }, what you pay")];
  const listed = hardware.offer(cloud, region, instance)?.onDemand ?? null;
  return [
    listed === null
      ? missing(
          "usd_per_gpu_hour",
          `{ on_demand: ... }: no price of ${cloud} ${instance} in ${region} is known`,
        )
      : optional(
          "usd_per_gpu_hour",
          `what you pay; else the listed ${formatExact(listed)} on demand (assumed)`,
        ),
  ];
}

/** Only what lies beside its .tf files says where they are. */
function terraformLines(machine: Machine | null, base: string | null): Line[] {
  if (
    base === null ||
    machine === null ||
    machine.address.startsWith("module.") ||
    !/\.(tf|tfstate)$/.test(machine.source)
  )
    return [];
  const resource = /^[a-z0-9_]+\.[\w-]+/.exec(machine.address)?.[0];
  const folder = posix.join(base, posix.dirname(machine.source));
  return resource === undefined
    ? []
    : [stated("terraform", `{ address: ${text(resource)}, dir: ${text(folder)} }`)];
}

const stated = (field: string, value: string, note?: string): Line =>
  note === undefined ? { field, value } : { field, value, note };
const missing = (field: string, reason: string): Line => ({ missing: field, reason });
const optional = (field: string, reason: string): Line => ({ optional: field, reason });

/** JSON text is YAML text, whatever stands in it. */
const text = (value: string): string =>
  /^[A-Za-z][\w./-]*$/.test(value) && !YAML_WORD.test(value) ? value : JSON.stringify(value);

/** Words that YAML takes for something else than text. */
const YAML_WORD = /^(true|false|null|yes|no|on|off|y|n)$/i;

function unusedId({ name, address }: Server, ids: Set<string>): string {
  const base =
    (name ?? address)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "fleet";
  let id = base;
  for (let next = 2; ids.has(id); next += 1) id = `${base}-${next}`;
  ids.add(id);
  return id;
}

function servedKey(lines: readonly Line[]): string | null {
  const valueAt = (field: string): string | undefined =>
    lines.find((line): line is Extract<Line, { field: string }> => "field" in line && line.field === field)
      ?.value;
  const [provider, model] = [valueAt("provider"), valueAt("model")];
  return provider === undefined || model === undefined ? null : `${provider} ${model}`;
}

/** A second fleet of one provider and model would be refused, so it stands as a comment. */
function rendered({ source, line, address, status }: Server, lines: readonly Line[], twice: boolean): string {
  const at = line === null ? source : `${source}:${line}`;
  const body = lines.map((entry, index) => {
    const indent = index === 0 ? "  - " : "    ";
    if ("missing" in entry) return `    # fill in ${entry.missing}: ${entry.reason}`;
    if ("optional" in entry) return `    # or state ${entry.optional}: ${entry.reason}`;
    return `${indent}${entry.field}: ${entry.value}${entry.note === undefined ? "" : ` # ${entry.note}`}`;
  });
  const head = `  # ${address} (${at}, ${status.replaceAll("_", " ")})`;
  if (!twice) return `${[head, ...body].join("\n")}\n`;
  const why =
    "  # Left out: the fleet above serves this provider and model too; add its replicas there, or name it apart.";
  return `${[head, why, ...body.map((text) => text.replace(/^( *)/, "$1# "))].join("\n")}\n`;
}

function idleMachines({ pools, servers }: Infrastructure): string {
  const used = new Set(servers.map(({ runsOn }) => runsOn));
  const idle = pools.filter(({ address, status }) => !used.has(address) && status !== "leaving");
  if (idle.length === 0) return "";
  const lines = idle.map(({ address, size, instances, accelerator }) => {
    const count = size.desired ?? size.maximum;
    const gpus = accelerator === null ? "GPUs" : `${accelerator.count} x ${accelerator.name}`;
    return `#   ${address}: ${count ?? "an unknown number of"} x ${instances[0] ?? "a machine"} with ${gpus}`;
  });
  return `# Machines with GPUs on which no model server was found:\n${lines.join("\n")}\n`;
}
