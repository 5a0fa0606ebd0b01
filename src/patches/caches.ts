import type { Patch, PatchInput, PatchWriter } from "./contract.js";
import { onOneLine } from "./guard.js";
import { commented, counted, openingLines } from "./heading.js";
import { actionsOf } from "./routes.js";

type Action = PatchInput["plan"]["actions"][number];

const GPTCACHE_FILE = "gptcache_exact.py";
const REDIS_FILE = "redis-cache.conf";

/** Bytes that one cached answer is taken to need, and the least that is worth a server (both judged). */
const MEMORY = "1gb";

/** Seconds after which a cached answer is asked for again. */
export function lifetimeOf({ parameters }: Action): number {
  const value = parameters.find(({ name }) => name === "ttl_seconds")?.value;
  if (typeof value !== "number") throw new TypeError("an exact-cache action has no ttl_seconds");
  return value;
}

const guardLines = [
  "Guard",
  "  One cluster, one tenant first; all after a day without a trigger. Triggers:",
  "  - any answer served to another tenant, or to a request that differs in any field",
  "  - answers that a cluster's owner finds out of date; the lifetime is then too long",
];

/**
 * GPTCache as an exact cache. It has no lifetime of its own, so the time goes into the key: an entry is found within its
 * period of the lifetime's length and never after. The suite `e2e:patches` runs the file with gptcache 0.1.44.
 */
export const gptcache: PatchWriter = {
  id: "gptcache",
  summary: "GPTCache: exact cache of the attested clusters, keyed by the whole request and the tenant",
  write(input) {
    const actions = actionsOf(input, "exact-cache");
    if (actions.length === 0) return [];
    const lines = [
      ...openingLines(input, actions, "GPTCache as an exact cache"),
      "Apply",
      "  1. pip install gptcache==0.1.44, and import this module where calls are made.",
      "  2. answer = cached(CLUSTER, TENANT, request, call): request is everything that is sent, call() asks the model.",
      "     Clusters that are not listed, and requests with a temperature above 0, are never cached.",
      "  3. Another store than memory: data_manager in _open(), by GPTCache's own documentation.",
      "",
      ...guardLines,
      "Roll back",
      "  Call the model directly again, or empty LIFETIMES; nothing else depends on the cache.",
    ];
    const patch: Patch = {
      file: GPTCACHE_FILE,
      text: `${commented(lines)}\n${gptcacheModule(actions)}`,
      summary: `GPTCache: exact cache for ${counted(actions.length, "cluster")}.`,
      actions: actions.map(({ id }) => id),
    };
    return [patch];
  },
};

function gptcacheModule(actions: readonly Action[]): string {
  const lifetimes = actions.map(
    (action) => `    ${pythonText(action.cluster ?? "")}: ${lifetimeOf(action)},`,
  );
  return `import json
import time

from gptcache import Cache
from gptcache.adapter.api import get, put
from gptcache.manager import get_data_manager
from gptcache.processor.pre import get_prompt
from gptcache.similarity_evaluation import ExactMatchEvaluation

# Seconds after which the answer is asked for again, by cluster.
LIFETIMES = {
${lifetimes.join("\n")}
}

_caches = {}


def _open(cluster):
    if cluster not in _caches:
        cache = Cache()
        cache.init(
            pre_embedding_func=get_prompt,
            data_manager=get_data_manager(),
            similarity_evaluation=ExactMatchEvaluation(),
        )
        _caches[cluster] = cache
    return _caches[cluster]


def key_of(cluster, tenant, request, now):
    """The whole request, the tenant and the period of the lifetime that now falls into."""
    period = int(now // LIFETIMES[cluster])
    return json.dumps([cluster, tenant, period, request], sort_keys=True, ensure_ascii=False)


def cached(cluster, tenant, request, call, now=None):
    if cluster not in LIFETIMES or request.get("temperature", 1) != 0 or request.get("stream"):
        return call()
    key = key_of(cluster, tenant, request, time.time() if now is None else now)
    cache = _open(cluster)
    found = get(key, cache_obj=cache)
    if found is not None:
        return json.loads(found)
    answer = call()
    put(key, json.dumps(answer), cache_obj=cache)
    return answer
`;
}

/** A Python string literal: JSON's escapes are Python's too. */
const pythonText = (text: string): string => JSON.stringify(text);

/** Redis behind LiteLLM's cache, or any other that sets a lifetime on what it writes. Read 2026-11: redis.io, config. */
export const redis: PatchWriter = {
  id: "redis",
  summary:
    "Redis as the store of an exact cache: bounded, never written to disk, with LiteLLM's settings for it",
  write(input) {
    const actions = actionsOf(input, "exact-cache");
    if (actions.length === 0) return [];
    const longest = Math.max(...actions.map(lifetimeOf));
    const lines = [
      ...openingLines(input, actions, "Redis as the store of an exact cache"),
      "Apply",
      `  1. redis-server ${REDIS_FILE} --requirepass "$REDIS_PASSWORD", on a private network only.`,
      "  2. LiteLLM, instead of type local in litellm-config.yaml:",
      "       cache_params:",
      "         type: redis",
      "         host: os.environ/REDIS_HOST",
      "         port: os.environ/REDIS_PORT",
      "         password: os.environ/REDIS_PASSWORD",
      "         mode: default_off",
      `         ttl: ${Math.min(...actions.map(lifetimeOf))}`,
      "  3. Callers of these clusters opt in, with the tenant as the namespace and temperature 0:",
      ...actions.map(
        (action) =>
          `       ${onOneLine(action.cluster ?? "the whole fleet")}: "cache": {"use-cache": true, "namespace": "<tenant>", "ttl": ${lifetimeOf(action)}}`,
      ),
      `  4. maxmemory ${MEMORY} is assumed: watch evicted_keys. Keys that never expire are somebody else's; the longest`,
      `     lifetime here is ${longest} seconds.`,
      "",
      ...guardLines,
      "Roll back",
      "  Set type local again or delete litellm_settings.cache, restart the proxy, then stop this server.",
    ];
    const settings = [
      ["maxmemory", MEMORY],
      // Only what has a lifetime may be evicted: the cache's entries all have one.
      ["maxmemory-policy", "volatile-ttl"],
      // Answers are content: they stay in memory and are gone with the process.
      ["save", '""'],
      ["appendonly", "no"],
      ["protected-mode", "yes"],
      ["timeout", "300"],
      ["lazyfree-lazy-expire", "yes"],
      ["lazyfree-lazy-eviction", "yes"],
    ];
    const patch: Patch = {
      file: REDIS_FILE,
      text: `${commented(lines)}\n${settings.map(([name, value]) => `${name} ${value}\n`).join("")}`,
      summary: `Redis for an exact cache of ${counted(actions.length, "cluster")}.`,
      actions: actions.map(({ id }) => id),
    };
    return [patch];
  },
};
