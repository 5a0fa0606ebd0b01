import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { testContext, testOptions } from "../../test/support/agent-home.js";
import type { CanonicalEvent, RawBatch, Statement } from "../events/contract.js";
import { collect } from "./collect.js";
import type { Collected, CollectOptions, Collector, ContentRecord, Source } from "./contract.js";
import { type Selected, selectCollectors } from "./select.js";

const context = testContext("/home/ada");
const options = testOptions("/workspace");

function fake(id: string, found: boolean): Collector {
  return {
    id,
    summary: id,
    yields: ["requests"],
    environment: [],
    grants: ["none"],
    cannotFill: [{ column: "region", reason: "not logged" }],
    latenessHours: 0,
    settings: null,
    hosts: () => [],
    detect: async () => ({ found, summary: found ? `2 ${id} things` : `no ${id} things in ~/${id}` }),
    explain: async () => [],
    async *read() {
      yield { kind: "rows", rows: [], repeated: [{ file: id, line: 1 }] };
    },
  };
}

function platform(id: string): Collector {
  return {
    ...fake(id, false),
    settings: z.object({}),
    detect: async ({ source }) => ({
      found: source !== undefined,
      summary: source?.name ?? "not configured",
    }),
  };
}

const source = (name: string, collector = name): Source => ({
  name,
  collector,
  settings: {},
  environment: [],
});

const known = [fake("files", false), fake("local-agents", true), fake("cloud-logs", true)];
const namesOf = (selected: readonly Selected[]): string[] =>
  selected.map((entry) => entry.source?.name ?? entry.collector.id);

describe("choosing collectors", () => {
  it("runs whatever finds its source when nothing is named, and says why the others are skipped", async () => {
    const { selected, report } = await selectCollectors(null, [], options, context, known);

    expect(namesOf(selected)).toEqual(["local-agents", "cloud-logs"]);
    expect(report.map(({ id, found, used, reason }) => ({ id, found, used, reason }))).toEqual([
      { id: "files", found: "no files things in ~/files", used: false, reason: "nothing found" },
      { id: "local-agents", found: "2 local-agents things", used: true, reason: null },
      { id: "cloud-logs", found: "2 cloud-logs things", used: true, reason: null },
    ]);
    expect(report[0]!.cannotFill).toEqual([{ column: "region", reason: "not logged" }]);
  });

  it("reads named inputs as files", async () => {
    const named = { ...options, inputs: ["calls.csv"] };
    const { selected } = await selectCollectors(null, [source("gateway")], named, context, [
      ...known,
      platform("gateway"),
    ]);

    expect(namesOf(selected)).toEqual(["files"]);
  });

  it("runs exactly the collectors that are named, in the registry's order", async () => {
    const { selected } = await selectCollectors(["cloud-logs", "local-agents"], [], options, context, known);

    expect(namesOf(selected)).toEqual(["local-agents", "cloud-logs"]);
  });

  it("lets a named collector look for itself in named inputs", async () => {
    const named = { ...options, inputs: ["folder"] };
    const { selected } = await selectCollectors(["files"], [], named, context, known);

    expect(namesOf(selected)).toEqual(["files"]);
  });

  it("refuses an unknown name with the known ones and the nearest", async () => {
    await expect(selectCollectors(["local-agent"], [], options, context, known)).rejects.toMatchObject({
      code: "TOP-COLLECT-UNKNOWN",
      exitCode: 2,
      message: 'There is no collector or source "local-agent".',
      found: "Known: files, local-agents, cloud-logs.",
      fix: expect.stringMatching(/--collectors local-agents$/),
    });
  });

  it.each([
    { ids: null, among: [fake("files", false), fake("local-agents", false)], names: "files, local-agents" },
    { ids: ["files"], among: known, names: "files" },
  ])("says where it looked when $names found nothing", async ({ ids, among, names }) => {
    await expect(selectCollectors(ids, [], options, context, among)).rejects.toMatchObject({
      code: "TOP-COLLECT-NONE",
      exitCode: 2,
      message: `No usage found for ${names}.`,
      found: expect.stringContaining("no files things in ~/files"),
      fix: expect.stringContaining("--input-dir"),
    });
  });
});

describe("choosing platforms", () => {
  const all = [...known, platform("gateway"), platform("warehouse")];
  const two = [source("gateway"), source("gateway-eu", "gateway")];

  it("runs every configured source beside what is found here", async () => {
    const { selected, report } = await selectCollectors(null, two, options, context, all);

    expect(namesOf(selected)).toEqual(["local-agents", "cloud-logs", "gateway", "gateway-eu"]);
    expect(report.find(({ id }) => id === "warehouse")).toMatchObject({
      used: false,
      reason: "not configured",
    });
  });

  it("takes a collector's name for all its sources, and a source's name for that one", async () => {
    const sources = [source("gateway-us", "gateway"), source("gateway-eu", "gateway")];
    const all_ = await selectCollectors(["gateway"], sources, options, context, all);
    const one = await selectCollectors(["gateway-eu"], sources, options, context, all);

    expect(namesOf(all_.selected)).toEqual(["gateway-us", "gateway-eu"]);
    expect(namesOf(one.selected)).toEqual(["gateway-eu"]);
  });

  it("refuses a named platform that is not configured, with the page that says how", async () => {
    await expect(selectCollectors(["warehouse"], two, options, context, all)).rejects.toMatchObject({
      code: "TOP-COLLECT-CONFIG",
      exitCode: 2,
      fix: expect.stringContaining("docs/guide/collectors/warehouse.md"),
    });
  });

  it("does not list platforms among the places where nothing was found", async () => {
    const nothing = [fake("files", false), platform("gateway")];

    await expect(selectCollectors(null, [], options, context, nothing)).rejects.toMatchObject({
      message: "No usage found for files.",
    });
  });
});

describe("collecting", () => {
  let spoolDir: string;
  let kept: ContentRecord[];

  beforeEach(async () => {
    spoolDir = await mkdtemp(join(tmpdir(), "spool-"));
    kept = [];
  });
  afterEach(() => rm(spoolDir, { recursive: true, force: true }));

  const collectAll = (selected: readonly Selected[], using = context) =>
    collect(selected, options, using, {
      spoolDir,
      keepContent: async (records) => {
        kept.push(...records);
      },
      redact: (record) => ({ ...record, prompt: record.prompt?.replace("canary", "[key]") ?? "" }),
    });

  async function drain(batches: AsyncIterable<RawBatch>): Promise<RawBatch[]> {
    const all: RawBatch[] = [];
    for await (const batch of batches) all.push(batch);
    return all;
  }

  const repeatedOf = (batches: readonly RawBatch[]): number[] =>
    batches.flatMap((batch) => (batch.kind === "rows" ? batch.repeated.map(({ line }) => line) : []));

  it("reads one collector after the other", async () => {
    const selected = known.map((collector) => ({ collector, source: null }));
    const batches = await drain(collectAll(selected).batches());

    expect(batches.map((batch) => batch.kind === "rows" && batch.repeated[0]!.file)).toEqual([
      "files",
      "local-agents",
      "cloud-logs",
    ]);
  });

  it("stops between collectors when the user does", async () => {
    const stopped = { ...context, signal: AbortSignal.abort() };
    const selected = known.map((collector) => ({ collector, source: null }));

    await expect(drain(collectAll(selected, stopped).batches())).rejects.toThrow(/abort/i);
  });

  /** A platform of `pages` pages of 10,000 lines that fails once when it comes to page `failsAt`. */
  function paged(id: string, pages: number, failsAt: number | null = null, checkpoints = true) {
    const asked: number[] = [];
    const windows: (Date | undefined)[] = [];
    let isBroken = failsAt !== null;
    const collector: Collector = {
      ...platform(id),
      async *read({ resumeFrom, until }: CollectOptions): AsyncGenerator<Collected> {
        windows.push(until);
        for (let page = resumeFrom === undefined ? 1 : Number(resumeFrom) + 1; page <= pages; page += 1) {
          if (isBroken && page === failsAt) {
            isBroken = false;
            throw new Error(`${id} is down`);
          }
          asked.push(page);
          const repeated = Array.from({ length: 10_000 }, (_, index) => ({
            file: id,
            line: page * 10_000 + index,
          }));
          yield {
            kind: "rows",
            rows: [],
            repeated,
            ...(checkpoints && { checkpoint: String(page) }),
          };
        }
      },
    };
    return { collector, asked, windows, entry: { collector, source: source(id) } };
  }

  it("goes on after an interruption where the platform had stopped, over the same window", async () => {
    const gateway = paged("gateway", 4, 3);
    await expect(drain(collectAll([gateway.entry]).batches())).rejects.toThrow("gateway is down");
    const later = { ...context, now: () => new Date("2026-11-21T01:00:00Z") };
    const batches = await drain(collectAll([gateway.entry], later).batches());

    expect(gateway.asked).toEqual([1, 2, 3, 4]);
    expect(gateway.windows).toEqual([context.now(), context.now()]);
    expect(new Set(repeatedOf(batches)).size).toBe(40_000);
    expect(repeatedOf(batches)).toHaveLength(40_000);
  });

  it("begins anew where a platform has no place to go on from, and counts nothing twice", async () => {
    const gateway = paged("gateway", 3, 3, false);
    await expect(drain(collectAll([gateway.entry]).batches())).rejects.toThrow();
    const batches = await drain(collectAll([gateway.entry]).batches());

    expect(gateway.asked).toEqual([1, 2, 1, 2, 3]);
    expect(repeatedOf(batches)).toHaveLength(30_000);
  });

  it("begins anew a day later: what was left may have changed at the source", async () => {
    const gateway = paged("gateway", 2, 2);
    await expect(drain(collectAll([gateway.entry]).batches())).rejects.toThrow();
    const later = { ...context, now: () => new Date("2026-11-22T00:00:01Z") };
    await drain(collectAll([gateway.entry], later).batches());

    expect(gateway.asked).toEqual([1, 1, 2]);
  });

  it("does not ask again for what came through, until the events are written", async () => {
    const gateway = paged("gateway", 2);
    await drain(collectAll([gateway.entry]).batches());
    const second = collectAll([gateway.entry]);
    await drain(second.batches());
    expect(gateway.asked).toEqual([1, 2]);

    await second.done();
    await drain(collectAll([gateway.entry]).batches());
    expect(gateway.asked).toEqual([1, 2, 1, 2]);
  });

  it("keeps what other platforms answered when one fails", async () => {
    const steady = paged("steady", 2);
    const gateway = paged("gateway", 1, 1);
    await expect(drain(collectAll([steady.entry, gateway.entry]).batches())).rejects.toThrow(
      "gateway is down",
    );
    const batches = await drain(collectAll([steady.entry, gateway.entry]).batches());

    expect(repeatedOf(batches)).toHaveLength(30_000);
    expect(new Set(steady.asked).size).toBe(steady.asked.length);
  });

  it("names calls and bills after their source, so that two accounts of one platform stay two", async () => {
    const event = { id: "a", source: "gateway" } as CanonicalEvent;
    const collector: Collector = {
      ...platform("gateway"),
      async *read(): AsyncGenerator<Collected> {
        yield { kind: "rows", rows: [{ file: "f", line: 1, event, suppliedId: true }], repeated: [] };
        yield { kind: "statements", statements: [{ source: "gateway" } as Statement] };
      },
    };
    const entries = ["gateway-us", "gateway-eu"].map((name) => ({
      collector,
      source: source(name, "gateway"),
    }));
    const batches = await drain(collectAll(entries).batches());
    const names = batches.flatMap((batch) => {
      if (batch.kind === "statements") return batch.statements.map((line) => line.source);
      return batch.kind === "rows" ? batch.rows.map((row) => "event" in row && row.event.source) : [];
    });

    expect(names).toEqual(["gateway-us", "gateway-us", "gateway-eu", "gateway-eu"]);
  });

  it("hands prompt text to its keeper and to nobody else, redacted before it is on disk at all", async () => {
    const record: ContentRecord = { eventId: "a", prompt: "hello canary" };
    const collector: Collector = {
      ...platform("gateway"),
      async *read(): AsyncGenerator<Collected> {
        yield { kind: "content", records: [record] };
      },
    };
    const batches = await drain(collectAll([{ collector, source: source("gateway") }]).batches());

    expect(batches).toEqual([]);
    expect(kept).toEqual([{ eventId: "a", prompt: "hello [key]" }]);
    const spooled = await readFile(join(spoolDir, "gateway/000001.json.gz"));
    expect(gunzipSync(spooled).toString()).toContain("hello [key]");
  });
});
