import type { z } from "zod";
import { fromFileShape } from "../../shared/case.js";
import type { Context } from "../../shared/context.js";
import { createNet } from "../../shared/net.js";
import {
  type CollectOptions,
  type Collector,
  NOT_CONFIGURED,
  type RemoteCollector,
  type RemoteRequest,
  type RemoteSettings,
  type Source,
} from "../contract.js";
import { explainExports, readExports } from "../exports/read-exports.js";
import { requireSecret, secretOf } from "../sources.js";

/** A first read without `--since` goes back this far: a month's bill, and a bounded one. */
export const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Makes a collector of a platform's definition. A configured source is asked over the network, through a door that
 * opens to its own hosts only; named inputs are read as the platform's export files, without any.
 */
export function remoteCollector<S extends z.ZodObject>(platform: RemoteCollector<S>): Collector {
  const settingsOf = (source: Source): RemoteSettings<S> => source.settings as RemoteSettings<S>;
  const windowOf = (options: CollectOptions, context: Context) => {
    const until = options.until ?? context.now();
    return { since: options.since ?? new Date(until.getTime() - DEFAULT_DAYS * DAY_MS), until };
  };
  const requestOf = (
    source: Source,
    options: CollectOptions,
    context: Context,
  ): RemoteRequest<RemoteSettings<S>> => {
    const settings = settingsOf(source);
    const net = createNet(
      platform.hosts(settings),
      context,
      (host) => `${host} is none of the hosts of the source "${source.name}". See tokenop discover --explain`,
    );
    return {
      name: source.name,
      settings,
      ...windowOf(options, context),
      includeContent: options.includeContent === true,
      resumeFrom: options.resumeFrom ?? null,
      secret: (name) => requireSecret(name, source, platform, context),
      optionalSecret: (name) => secretOf(name, source, context),
      http: (grant) => ({ name: platform.title, net, grant }),
    };
  };

  return {
    id: platform.id,
    summary: platform.summary,
    yields: platform.yields,
    environment: platform.environment,
    grants: platform.grants,
    cannotFill: platform.cannotFill,
    latenessHours: platform.latenessHours,
    settings: platform.settings,
    hosts: ({ source }) => (source === undefined ? [] : platform.hosts(settingsOf(source))),

    async detect({ source, inputs }) {
      if (source !== undefined) {
        return { found: true, summary: `configured; asks ${platform.hosts(settingsOf(source)).join(", ")}` };
      }
      if (inputs.length > 0 && platform.exports !== undefined)
        return { found: true, summary: `${inputs.length} input(s) named` };
      return { found: false, summary: NOT_CONFIGURED };
    },

    async explain(options, context) {
      const { source } = options;
      if (source === undefined) return explainExports(platform, options);
      const settings = settingsOf(source);
      const window = windowOf(options, context);
      const includeContent = options.includeContent === true;
      return [
        `hosts: ${platform.hosts(settings).join(", ")}; nothing else is reached`,
        `window: from ${window.since.toISOString()} to before ${window.until.toISOString()}`,
        ...platform.explain({ name: source.name, settings, includeContent, ...window }),
        ...platform.grants.map((grant) => `needs: ${grant}`),
        includeContent
          ? "prompt and response text is read, redacted, and kept in prompts.jsonl of the workspace (mode 0600)"
          : "no prompt or response text is asked for",
      ];
    },

    read: (options, context) =>
      options.source === undefined
        ? readExports(platform, options, context)
        : platform.read(requestOf(options.source, options, context), context),

    check: async function* check(options, context) {
      if (options.source !== undefined)
        yield* platform.check(requestOf(options.source, options, context), context);
    },

    async inventory(options, context) {
      if (options.source === undefined || platform.inventory === undefined) return null;
      return platform.inventory(requestOf(options.source, options, context), context);
    },
  };
}

/** Settings as a tokenop.yaml would give them, for tests and examples: validated, defaults filled in. */
export function parseSettings<S extends z.ZodObject>(schema: S, settings: object): RemoteSettings<S> {
  return fromFileShape(schema.parse(settings)) as RemoteSettings<S>;
}
