import type { EndpointFound, ServerFound } from "../inventory.js";
import type { Endpoint } from "./machines.js";

/** Requests of one provider, model and endpoint, as events name them. */
export interface EndpointUsage {
  readonly provider: string | null;
  readonly model: string | null;
  readonly endpoint: string | null;
  readonly events: number;
}

export type JoinedEvents = Endpoint["events"];

/** Providers by which people call what they run themselves, beside the engine's own name. */
const OWN_PROVIDERS = new Set(["self", "self-hosted", "selfhosted", "local", "custom", "openai-compatible"]);

interface Target {
  /** Lower case. */
  readonly names: ReadonlySet<string>;
  /** Names of what it serves, lower case. */
  readonly models: ReadonlySet<string>;
  /** Whether a name of the model may tell alone; the engine, lower case, where it may. */
  readonly engine: string | null;
}

/**
 * Which requests went to which endpoint: by the name of the endpoint; where several share it, by the model as well. A
 * request is given to one endpoint at most, and to none where it could be either.
 */
export function joinEndpoints(
  found: readonly EndpointFound[],
  usage: readonly EndpointUsage[],
): JoinedEvents[] {
  return join(
    found.map(({ name, names, model }) => ({
      names: lower([name, ...names]),
      models: lower([name, model]),
      engine: null,
    })),
    usage,
  );
}

/** As `joinEndpoints`; a server of one's own may be told by the model alone, where events name no endpoint. */
export function joinServers(found: readonly ServerFound[], usage: readonly EndpointUsage[]): JoinedEvents[] {
  return join(
    found.map(({ name, names, model, servedNames, engine }) => ({
      names: lower(names),
      models: lower([name, model, ...servedNames]),
      engine,
    })),
    usage,
  );
}

function join(targets: readonly Target[], usage: readonly EndpointUsage[]): JoinedEvents[] {
  const joined: JoinedEvents[] = targets.map(() => []);
  for (const row of usage) {
    if (row.events === 0) continue;
    const found = targetOf(row, targets);
    if (found !== null) joined[found.index]!.push({ ...row, by: found.by });
  }
  return joined;
}

function targetOf(
  row: EndpointUsage,
  targets: readonly Target[],
): { index: number; by: "endpoint" | "model" } | null {
  const asked = endpointNames(row.endpoint);
  const model = row.model?.toLowerCase() ?? "";
  const named = indexes(targets, ({ names }) => asked.some((name) => names.has(name)));
  if (named.length === 1) return { index: named[0]!, by: "endpoint" };
  if (named.length > 1) {
    const both = named.filter((index) => targets[index]!.models.has(model));
    return both.length === 1 ? { index: both[0]!, by: "endpoint" } : null;
  }
  const provider = row.provider?.toLowerCase() ?? "";
  const serving = indexes(
    targets,
    ({ models, engine }) =>
      engine !== null && models.has(model) && (provider === engine || OWN_PROVIDERS.has(provider)),
  );
  return row.endpoint === null && serving.length === 1 ? { index: serving[0]!, by: "model" } : null;
}

/** An endpoint may be an address: its host counts, with and without the port. */
function endpointNames(endpoint: string | null): string[] {
  if (endpoint === null) return [];
  const plain = endpoint.toLowerCase().replace(/^[a-z]+:\/\//, "");
  const host = plain.replace(/\/.*$/, "");
  return [endpoint.toLowerCase(), host, host.replace(/:\d+$/, "")];
}

const lower = (names: readonly (string | null)[]): Set<string> =>
  new Set(names.flatMap((name) => (name === null ? [] : [name.toLowerCase()])));

const indexes = (targets: readonly Target[], fits: (target: Target) => boolean): number[] =>
  targets.flatMap((target, index) => (fits(target) ? [index] : []));
