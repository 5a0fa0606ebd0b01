import type { Found, ServerFound, ServingEngine, Size } from "../../../serving/contract.js";
import { type Attributes, attributesOf, decoded } from "../attributes.js";
import { isList, isValues, type Value, type Values } from "../value.js";
import { environmentOf, gpusOf, placementOf, serviceNames } from "./pods.js";
import { anyKey, exactly, found, open, type Reader } from "./reading.js";
import { type Container, serverOf } from "./server.js";

/** Charts whose own values need no image to say what they run. */
const CHARTS: readonly (readonly [RegExp, ServingEngine])[] = [
  [/vllm/i, "vllm"],
  [/sglang/i, "sglang"],
  [/text-generation-inference|(^|\/|-)tgi($|-)/i, "text-generation-inference"],
  [/tensorrt|trtllm/i, "tensorrt-llm"],
  [/(^|\/)nim-/i, "nim"],
  [/triton/i, "triton"],
  [/ollama/i, "ollama"],
];

/** How deep a container may stand in a chart's values. */
const DEEPEST = 4;

const release: Reader = (resource) => {
  const opened = open(resource);
  const { attributes, unknown } = opened;
  const base = found(resource, opened);
  const values = attributesOf(valuesOf(attributes), unknown, "values");
  const chart = attributes.text("chart");
  const named: Named = { name: attributes.text("name"), namespace: attributes.text("namespace") };
  const stack = stackServers(values, base, named);
  if (stack.length > 0) return { servers: stack };
  const engine = CHARTS.find(([pattern]) => pattern.test(chart ?? ""))?.[1] ?? null;
  const inner = containersIn(values, DEEPEST).flatMap((place) => serverAt(place, base, named, null) ?? []);
  const own = inner.length > 0 ? null : serverAt(values, base, named, engine);
  return { servers: own === null ? inner : [own] };
};

interface Named {
  readonly name: string | null;
  readonly namespace: string | null;
}

/** Later texts of `values` win over earlier ones, and `set` over both. `set_sensitive` is never looked at. */
function valuesOf(attributes: Attributes): Values {
  const raw = attributes.raw("values");
  const texts = isList(raw) ? raw : [raw];
  // Reads once more for the record: a text that is not known leaves its name and reason.
  attributes.documents("values");
  const merged = texts
    .map(decoded)
    .reduce<Values>((left, right) => (isValues(right) ? merge(left, right) : left), {});
  return ["set", "set_list"].reduce((values, kind) => {
    const entries = attributes.raw(kind);
    return (isList(entries) ? entries : []).filter(isValues).reduce((before, entry) => {
      const value = entry.value ?? null;
      return typeof entry.name === "string" ? assign(before, pathOf(entry.name), value) : before;
    }, values);
  }, merged);
}

function merge(left: Values, right: Values): Values {
  const merged: Record<string, Value> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = merged[key];
    merged[key] = isValues(before) && isValues(value) ? merge(before, value) : value;
  }
  return merged;
}

/** `a.b[0].c\.d` as Helm reads it. */
function pathOf(name: string): (string | number)[] {
  return (name.match(/(?:\\.|[^.[\]\\])+|\[\d+\]/g) ?? []).map((part) =>
    part.startsWith("[") ? Number(part.slice(1, -1)) : part.replace(/\\(.)/g, "$1"),
  );
}

const LONGEST_LIST = 1_000;

function assign(values: Values, path: readonly (string | number)[], value: Value): Values {
  return assigned(values, path, value) as Values;
}

function assigned(before: Value, path: readonly (string | number)[], value: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof key === "string") {
    const values = isValues(before) ? before : {};
    return { ...values, [key]: assigned(Object.hasOwn(values, key) ? values[key]! : null, rest, value) };
  }
  if (key >= LONGEST_LIST) return before;
  const items: Value[] = isList(before) ? [...before] : [];
  while (items.length <= key) items.push(null);
  items[key] = assigned(items[key]!, rest, value);
  return items;
}

/** The vLLM production stack: one entry a model. */
function stackServers(values: Attributes, base: Found, { name, namespace }: Named): ServerFound[] {
  const models = values.block("servingEngineSpec")?.blocks("modelSpec") ?? [];
  return models.flatMap((model, index) => {
    const config = model.block("vllmConfig");
    const image = namedImage(model, null);
    const own = model.text("name");
    const flags: readonly (readonly [string, string | number | null])[] = [
      ["--tensor-parallel-size", config?.number("tensorParallelSize") ?? null],
      ["--max-model-len", config?.number("maxModelLen") ?? null],
      ["--max-num-seqs", config?.number("maxNumSeqs") ?? null],
      ["--dtype", config?.text("dtype") ?? null],
      ["--gpu-memory-utilization", config?.number("gpuMemoryUtilization") ?? null],
    ];
    const words = [
      ...flags.flatMap(([flag, value]) => (value === null ? [] : [`${flag}=${value}`])),
      ...(config?.flag("enablePrefixCaching") === true ? ["--enable-prefix-caching"] : []),
      ...(config?.words("extraArgs") ?? []),
    ];
    const server = serverOf(
      { ...base, address: `${base.address}.servingEngineSpec.modelSpec[${index}]` },
      {
        image,
        words,
        environment: environmentOf(model, "env"),
        engine: "vllm",
        model: model.text("modelURL"),
        name: own ?? name,
        ...scaleOf(model),
        gpusPerReplica: model.number("requestGPU"),
        // The release's router answers for every model of the stack.
        names: serviceNames(name === null ? null : `${name}-router-service`, namespace),
        placement: placementOf(model.pairs("nodeSelector", anyKey)),
      },
    );
    return server ?? [];
  });
}

/** Objects of the values that name an image. */
function containersIn(values: Attributes, depth: number): Attributes[] {
  const inner = depth === 0 ? [] : values.objects().flatMap((object) => containersIn(object, depth - 1));
  return imageOf(values) === null ? inner : [values, ...inner];
}

function imageOf(place: Attributes): string | null {
  const block = place.block("image");
  return block === null ? place.text("image") : namedImage(block, block.text("registry"));
}

function namedImage(place: Attributes, registry: string | null): string | null {
  const [repository, tag] = [place.text("repository"), place.text("tag")];
  if (repository === null) return null;
  return `${registry === null ? "" : `${registry}/`}${repository}${tag === null ? "" : `:${tag}`}`;
}

function serverAt(
  place: Attributes,
  base: Found,
  named: Named,
  engine: ServingEngine | null,
): ServerFound | null {
  const hosts =
    place
      .block("ingress")
      ?.blocks("hosts")
      .flatMap((entry) => entry.text("host") ?? []) ?? [];
  const host = place.block("ingress")?.text("host") ?? null;
  return serverOf(base, {
    image: imageOf(place),
    words: ["command", "args", "extraArgs"].flatMap((field) => place.words(field)),
    environment: ["env", "extraEnv", "envVars"].flatMap((field) => environmentOf(place, field)),
    engine,
    model: modelOf(place),
    name: place.text("fullnameOverride") ?? named.name,
    ...scaleOf(place),
    gpusPerReplica: gpusOf(place),
    names: [
      ...serviceNames(named.name, named.namespace),
      ...serviceNames(place.text("fullnameOverride"), named.namespace),
      ...hosts,
      ...(host === null ? [] : [host]),
    ],
    placement: placementOf(place.pairs("nodeSelector", anyKey)),
  });
}

function modelOf(place: Attributes): string | null {
  const block = place.block("model");
  return (
    block?.text("name") ??
    block?.text("id") ??
    (block === null ? place.text("model") : null) ??
    place.text("modelName") ??
    place.text("modelId") ??
    place.text("modelURL")
  );
}

function scaleOf(place: Attributes): Pick<Container, "replicas" | "autoscaled"> {
  const count = place.number("replicaCount") ?? place.number("replicas");
  const scaling = place.block("autoscaling") ?? place.block("hpa");
  if (scaling?.flag("enabled") !== true) return { replicas: exactly(count), autoscaled: false };
  const replicas: Size = {
    minimum: scaling.number("minReplicas") ?? scaling.number("minReplicaCount"),
    desired: count,
    maximum: scaling.number("maxReplicas") ?? scaling.number("maxReplicaCount"),
  };
  return { replicas, autoscaled: true };
}

export const helm: Readonly<Record<string, Reader>> = { helm_release: release };
