import { describe, expect, it } from "vitest";
import { testContext, testOptions } from "../../test/support/agent-home.js";
import type { RawBatch } from "../events/contract.js";
import { collect, selectCollectors } from "./collect.js";
import type { Collector } from "./contract.js";

const context = testContext("/home/ada");
const options = testOptions("/workspace");

function fake(id: string, found: boolean): Collector {
  return {
    id,
    summary: id,
    environment: [],
    grants: ["none"],
    cannotFill: [{ column: "region", reason: "not logged" }],
    detect: async () => ({ found, summary: found ? `2 ${id} things` : `no ${id} things in ~/${id}` }),
    explain: async () => [],
    async *read() {
      yield { kind: "rows", rows: [], repeated: [{ file: id, line: 1 }] };
    },
  };
}

const known = [fake("files", false), fake("local-agents", true), fake("cloud-logs", true)];
const idsOf = (collectors: readonly Collector[]): string[] => collectors.map((collector) => collector.id);

describe("choosing collectors", () => {
  it("runs whatever finds its source when nothing is named, and says why the others are skipped", async () => {
    const { collectors, report } = await selectCollectors(null, options, context, known);

    expect(idsOf(collectors)).toEqual(["local-agents", "cloud-logs"]);
    expect(report.map(({ id, found, used, reason }) => ({ id, found, used, reason }))).toEqual([
      { id: "files", found: "no files things in ~/files", used: false, reason: "nothing found" },
      { id: "local-agents", found: "2 local-agents things", used: true, reason: null },
      { id: "cloud-logs", found: "2 cloud-logs things", used: true, reason: null },
    ]);
    expect(report[0]!.cannotFill).toEqual([{ column: "region", reason: "not logged" }]);
  });

  it("reads named inputs as files", async () => {
    const { collectors } = await selectCollectors(
      null,
      { ...options, inputs: ["calls.csv"] },
      context,
      known,
    );

    expect(idsOf(collectors)).toEqual(["files"]);
  });

  it("runs exactly the collectors that are named, in the registry's order", async () => {
    const { collectors } = await selectCollectors(["cloud-logs", "local-agents"], options, context, known);

    expect(idsOf(collectors)).toEqual(["local-agents", "cloud-logs"]);
  });

  it("lets a named collector look for itself in named inputs", async () => {
    const named = { ...options, inputs: ["folder"] };
    const { collectors } = await selectCollectors(["files"], named, context, known);

    expect(idsOf(collectors)).toEqual(["files"]);
  });

  it("refuses an unknown id with the known ones and the nearest", async () => {
    await expect(selectCollectors(["local-agent"], options, context, known)).rejects.toMatchObject({
      code: "TOP-COLLECT-UNKNOWN",
      exitCode: 2,
      message: 'There is no collector "local-agent".',
      found: "Collectors: files, local-agents, cloud-logs.",
      fix: expect.stringMatching(/--collectors local-agents$/),
    });
  });

  it.each([
    { ids: null, among: [fake("files", false), fake("local-agents", false)], names: "files, local-agents" },
    { ids: ["files"], among: known, names: "files" },
  ])("says where it looked when $names found nothing", async ({ ids, among, names }) => {
    await expect(selectCollectors(ids, options, context, among)).rejects.toMatchObject({
      code: "TOP-COLLECT-NONE",
      exitCode: 2,
      message: `No usage found for ${names}.`,
      found: expect.stringContaining("no files things in ~/files"),
      fix: expect.stringContaining("--input-dir"),
    });
  });
});

describe("collecting", () => {
  it("reads one collector after the other", async () => {
    const batches: RawBatch[] = [];
    for await (const batch of collect(known, options, context)) batches.push(batch);

    expect(batches.map((batch) => batch.kind === "rows" && batch.repeated[0]!.file)).toEqual(idsOf(known));
  });

  it("stops between collectors when the user does", async () => {
    const stopped = { ...context, signal: AbortSignal.abort() };

    await expect(collect(known, options, stopped).next()).rejects.toThrow(/abort/i);
  });
});
