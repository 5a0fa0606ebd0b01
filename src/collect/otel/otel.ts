import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SourceFile } from "../../events/contract.js";
import { workspaceAt } from "../../shared/workspace.js";
import type { CollectOptions, Collector, ExportReader } from "../contract.js";
import { explainExports, readExports } from "../exports/read-exports.js";
import { asObject } from "../platform/fields.js";
import { contentOf, normalise, SOURCE } from "./normalise.js";
import { spansIn } from "./spans.js";

const exports: ExportReader = {
  summary: "reads OTLP JSON: model calls among the spans; messages only with --include-content",
  recognises: (record) => asObject(record)?.traceId !== undefined,
  unpack: spansIn,
  normalise,
  content: contentOf,
};

const platform = { id: SOURCE, title: "OpenTelemetry", exports };

/** Spans of model calls in OpenTelemetry's GenAI conventions: OTLP JSON files, and what `collect otel` received. */
export const otelCollector: Collector = {
  id: SOURCE,
  summary:
    "OpenTelemetry GenAI spans: OTLP JSON files, or received over OTLP/HTTP by tokenop collect otel --listen",
  yields: ["requests"],
  environment: [],
  grants: ["Read access to the named files. To receive: a port of this machine; nothing is sent."],
  cannotFill: [
    {
      column: "cost_usd",
      reason: "The conventions have no attribute for money; the list price is computed.",
    },
    { column: "ttft_ms", reason: "The conventions record it as a metric, not on the span." },
    { column: "cache_write_1h_tokens", reason: "The conventions do not tell lifetimes of the cache apart." },
    { column: "batch", reason: "The conventions do not say it." },
    { column: "prompt_hash", reason: "Messages are not read." },
    { column: "prefix_hashes", reason: "Messages are not read." },
  ],
  latenessHours: 1,
  settings: null,
  hosts: () => [],

  async detect(options) {
    if (options.inputs.length > 0) return { found: true, summary: `${options.inputs.length} input(s) named` };
    const files = await receivedFiles(options);
    return files.length > 0
      ? { found: true, summary: `${files.length} day(s) of received spans in the workspace` }
      : { found: false, summary: "no spans were received in the workspace" };
  },

  async explain(options) {
    if (options.inputs.length > 0) return explainExports(platform, options);
    return (await receivedFiles(options)).map(({ path, bytes }) => `read ${path} (${bytes} bytes)`);
  },

  async *read(options, context) {
    if (options.inputs.length > 0) return yield* readExports(platform, options, context);
    const files = await receivedFiles(options);
    if (files.length > 0) yield { kind: "files", files, mapping: options.mapping };
  },
};

/** Where received calls lie, as canonical events without text, one file a UTC day. */
export const receivedFolder = (workspaceDir: string): string =>
  join(workspaceAt(workspaceDir).internal, "otel");

async function receivedFiles({ workspaceDir }: CollectOptions): Promise<SourceFile[]> {
  const folder = receivedFolder(workspaceDir);
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names
      .filter((name) => name.endsWith(".jsonl"))
      .sort()
      .map(async (name): Promise<SourceFile> => {
        const path = join(folder, name);
        const { size } = await stat(path);
        return {
          path,
          label: `otel/${name}`,
          format: "jsonl",
          compression: "none",
          bytes: size,
          source: SOURCE,
        };
      }),
  );
}
