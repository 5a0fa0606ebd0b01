import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Collected, CollectOptions, Collector } from "../../src/collect/contract.js";
import { collectors } from "../../src/collect/registry.js";
import { EVENT_COLUMNS } from "../../src/events/contract.js";
import type { Context } from "../../src/shared/context.js";
import { homeWith, testContext, testOptions } from "../support/agent-home.js";

const opened = vi.hoisted(() => [] as string[]);

/** Notes each path whose content is asked for; everything still works. */
function watch<M extends object>(module: M, names: readonly string[]): M {
  const watched = { ...module } as Record<string, unknown>;
  for (const name of names) {
    const original = watched[name] as (...given: unknown[]) => unknown;
    watched[name] = (...given: unknown[]) => {
      opened.push(String(given[0]));
      return original(...given);
    };
  }
  return watched as M;
}

vi.mock("node:fs", async (original) =>
  watch(await original<typeof import("node:fs")>(), ["createReadStream", "open", "openSync", "readFileSync"]),
);
vi.mock("node:fs/promises", async (original) =>
  watch(await original<typeof import("node:fs/promises")>(), ["open", "readFile"]),
);

const PROMPT = "canary prompt text that must stay here";
const SECRET = "canary-secret-0123456789";

interface Given {
  /** Folder that holds the source's data. */
  readonly folder: string;
  readonly options: CollectOptions;
  readonly homeDir: string;
  /** Usage records in the source: valid, broken and repeated ones together. */
  readonly records: number;
}

/** One entry a collector: a small source with a prompt in it, and what it holds. */
const cases: Readonly<Record<string, (workspace: string) => Promise<Given>>> = {
  files: async (workspace) => {
    const folder = join(workspace, "exports");
    await mkdir(folder);
    const row = {
      id: "a",
      ts: "2026-11-20T07:00:00Z",
      model: "gpt-5-mini",
      input_tokens: 10,
      prompt: PROMPT,
    };
    await writeFile(join(folder, "one.jsonl"), `${JSON.stringify(row)}\n`);
    await writeFile(
      join(folder, "two.csv"),
      `id,ts,model,prompt\nb,2026-11-20T07:00:01Z,gpt-5-mini,${PROMPT}\n`,
    );
    return { folder, options: testOptions(workspace, { inputs: [folder] }), homeDir: workspace, records: 2 };
  },
  "bedrock-logs": async (workspace) => {
    const folder = join(workspace, "bedrock");
    await mkdir(folder);
    const record = {
      timestamp: "2026-11-20T07:00:00Z",
      operation: "Converse",
      modelId: "anthropic.claude-haiku-4-5-v1:0",
      input: { inputTokenCount: 35, inputBodyJson: { messages: [{ role: "user", content: PROMPT }] } },
      output: { outputTokenCount: 4, outputBodyJson: { output: { text: PROMPT } } },
    };
    const lines = [{ ...record, requestId: "a" }, { ...record, requestId: "b" }, record];
    const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
    await writeFile(join(folder, "log.json.gz"), gzipSync(text));
    return { folder, options: testOptions(workspace, { inputs: [folder] }), homeDir: workspace, records: 3 };
  },
  otel: async (workspace) => {
    const folder = join(workspace, "otel");
    await mkdir(folder);
    const span = (spanId: string, operation: string) => ({
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId,
      name: PROMPT,
      startTimeUnixNano: "1795158000123456789",
      endTimeUnixNano: "1795158001623456789",
      attributes: [
        { key: "gen_ai.operation.name", value: { stringValue: operation } },
        { key: "gen_ai.request.model", value: { stringValue: "gpt-5-mini" } },
        { key: "gen_ai.usage.input_tokens", value: { intValue: "7" } },
        { key: "gen_ai.input.messages", value: { stringValue: PROMPT } },
      ],
    });
    const spans = [span("eee19b7ec3c1b174", "chat"), span("eee19b7ec3c1b175", "invoke_agent")];
    const line = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    await writeFile(join(folder, "traces.jsonl"), `${line}\n${line.slice(0, 40)}\n`);
    return { folder, options: testOptions(workspace, { inputs: [folder] }), homeDir: workspace, records: 2 };
  },
  focus: async (workspace) => {
    const folder = join(workspace, "focus");
    await mkdir(folder);
    const head =
      "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,ProviderName,ChargeDescription";
    const row = (cost: string, service: string): string =>
      `${cost},USD,2026-11-20T00:00:00Z,2026-11-21T00:00:00Z,Usage,${service},AWS,${PROMPT}`;
    const rows = [row("1.25", "Amazon Bedrock"), row("2", "Amazon EC2"), row("-0.25", "Amazon Bedrock")];
    await writeFile(join(folder, "focus.csv"), `${[head, ...rows].join("\n")}\n`);
    return { folder, options: testOptions(workspace, { inputs: [folder] }), homeDir: workspace, records: 2 };
  },
  "local-agents": async (workspace) => {
    const homeDir = await homeWith({
      claude: ["one-call", "streamed-message", "side-conversation", "no-usage", "broken"],
      codex: ["session", "forked-session", "broken"],
      pi: ["session", "fork"],
      qwen: ["session"],
    });
    // 1 + 5 + 7 + 0 + 15 (one of its 16 lines is empty), 4 + 3 + 4 (headers and turns aside), 2 + 2 and 1.
    return { folder: homeDir, options: testOptions(workspace), homeDir, records: 44 };
  },
  terraform: async (workspace) => {
    const folder = join(workspace, "infra");
    await mkdir(folder);
    const resource = `resource "aws_instance" "a" {\n  instance_type = "g5.xlarge"\n  user_data = "${SECRET}"\n}\n`;
    await writeFile(join(folder, "main.tf"), resource);
    // It declares what runs, and has no record of a call.
    return { folder, options: testOptions(workspace, { inputs: [folder] }), homeDir: workspace, records: 0 };
  },
};

const columns = new Set<string>(EVENT_COLUMNS.map((column) => column.name));

/** Collectors of what lies on this machine; platforms have a suite of their own. */
const local = collectors.filter((collector) => collector.settings === null);

it("every collector of this machine has a case here, under an id of its own", () => {
  const ids = local.map((collector) => collector.id);

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(Object.keys(cases).toSorted());
});

describe.each(local.map((collector) => ({ id: collector.id, collector })))("the $id collector", (entry) => {
  const collector: Collector = entry.collector;
  let workspace: string;
  let given: Given;
  let context: Context;

  beforeAll(async () => {
    workspace = await mkdtemp(join(tmpdir(), "collectors-"));
    given = await cases[collector.id]!(workspace);
    context = testContext(given.homeDir, { SERVICE_API_KEY: SECRET });
    vi.stubGlobal("fetch", () => {
      throw new Error("a collector opened a connection of its own");
    });
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await rm(given.folder, { recursive: true, force: true });
    await rm(workspace, { recursive: true, force: true });
  });
  beforeEach(() => {
    opened.length = 0;
  });

  async function readAll(): Promise<Collected[]> {
    const batches: Collected[] = [];
    for await (const batch of collector.read(given.options, context)) batches.push(batch);
    return batches;
  }

  it("introduces itself: a kebab-case id, what it does, and the least access it needs", () => {
    expect(collector.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(collector.summary).not.toBe("");
    expect(collector.grants).not.toEqual([]);
    for (const variable of collector.environment) {
      expect(variable.name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      expect(variable.purpose).not.toBe("");
    }
  });

  it("finds its source and explains itself without opening a file of it", async () => {
    const detection = await collector.detect(given.options, context);
    const explained = await collector.explain(given.options, context);

    expect(detection.found).toBe(true);
    expect(explained.length).toBeGreaterThan(0);
    expect(opened.filter((path) => path.startsWith(given.folder))).toEqual([]);
    expect(JSON.stringify([detection, explained])).not.toMatch(/canary/);
  });

  it("takes an absent source for an answer, not for an error", async () => {
    const options = { ...given.options, inputs: [] };
    const empty = await mkdtemp(join(tmpdir(), "empty-"));
    const detection = await collector.detect({ ...options, workspaceDir: empty }, testContext(empty));
    await rm(empty, { recursive: true });

    expect(detection.found).toBe(false);
    expect(detection.summary).not.toBe("");
  });

  it("names only real columns as unknowable, each once with its reason", () => {
    const names = collector.cannotFill.map((entry) => entry.column);

    expect(names.filter((name) => !columns.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(collector.cannotFill.filter((entry) => entry.reason === "")).toEqual([]);
  });

  it("leaves the columns empty that it says it cannot know", async () => {
    const unknowable = collector.cannotFill.map((entry) => entry.column);
    for (const batch of await readAll()) {
      const events =
        batch.kind === "rows" ? batch.rows.flatMap((row) => ("event" in row ? [row.event] : [])) : [];
      for (const event of events) {
        expect(unknowable.filter((column) => (event[column] ?? null) !== null)).toEqual([]);
      }
    }
  });

  it("accounts for every record of its source", async () => {
    let records = 0;
    for (const batch of await readAll()) {
      if (batch.kind === "rows") {
        records += batch.rows.length + batch.repeated.length;
        continue;
      }
      if (batch.kind === "statements") {
        records += batch.statements.length;
        continue;
      }
      if (batch.kind === "content") continue;
      for (const file of batch.files) {
        records += 1;
        expect(file.bytes).toBe((await stat(file.path)).size);
        expect(file.source).toBe(collector.id);
      }
    }
    // The files case holds one record a file.
    expect(records).toBe(given.records);
  });

  it("yields the same in the same order each time", async () => {
    expect(await readAll()).toEqual(await readAll());
  });

  it("lets no prompt and no secret out", async () => {
    const batches = await readAll();
    const inventory = await collector.inventory?.(given.options, context);

    expect(JSON.stringify([batches, inventory])).not.toMatch(/canary/);
    // Content was there to leak: whoever yields rows has opened the files that hold the canary.
    if (batches.some((batch) => batch.kind === "rows") || inventory !== undefined) {
      expect(opened.some((path) => path.startsWith(given.folder))).toBe(true);
    }
  });
});
