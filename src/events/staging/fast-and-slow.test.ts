import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitLines } from "../../shared/lines.js";
import type { ColumnMapping, SourceFile } from "../contract.js";
import { csvFile, jsonlFile } from "../fixtures/arbitrary-lines.js";
import { event, jsonLines, NO_MAPPING, openWorkbench, type Workbench } from "../fixtures/workbench.js";
import { readCsvHeader } from "../reading/csv-records.js";
import { openText } from "../reading/open-bytes.js";
import { loadSlowly } from "./load-slowly.js";
import { noSink, ProblemLog } from "./problem-log.js";
import { sourceColumns } from "./source-columns.js";
import { stageFiles } from "./stage-files.js";
import { STAGED_NAMES, STATE } from "./staged-row.js";
import type { Staging } from "./staging.js";
import { StagingArea } from "./staging-area.js";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const newStaging = (): Staging => ({
  engine: bench.engine,
  area: new StagingArea(bench.engine),
  problems: new ProblemLog(noSink),
  warnings: [],
  context: bench.context,
  lean: true,
});

/** What a reader made of its files: every staged row (values of usable ones only) and every problem. */
async function outcome(staging: Staging) {
  const relation = await staging.area.relation();
  const rows = await bench.engine.rows(
    `SELECT ${STAGED_NAMES.map((name) => (name === "file_no" || name === "state" ? name : `CASE WHEN state = ${STATE.usable} THEN ${name} END AS ${name}`)).join(", ")}
     FROM ${relation.sql} ORDER BY position`,
  );
  const { parts } = staging.area;
  await staging.area.remove();
  return { rows, problems: staging.problems.shown, parts: parts.map(({ path }) => path?.replace(/.*-/, "")) };
}

async function readFast(files: readonly SourceFile[], mapping: ColumnMapping) {
  const staging = newStaging();
  await stageFiles(files, mapping, staging);
  return outcome(staging);
}

async function readSlowly(files: readonly SourceFile[], mapping: ColumnMapping) {
  const staging = newStaging();
  for (const file of files) {
    const header =
      file.format === "csv" ? await readCsvHeader(splitLines(openText(file, bench.context.signal))) : null;
    const shape = {
      format: file.format,
      columns: sourceColumns(mapping, file.format),
      header,
      parquet: null,
    };
    await loadSlowly({ file, staged: staging.area.addFile(file, file.format), shape }, null, staging);
  }
  return outcome(staging);
}

async function expectSameReading(contents: readonly Buffer[], name: string, mapping: ColumnMapping) {
  const files = [];
  for (const [at, content] of contents.entries()) files.push(await bench.put(`${at}${name}`, content));
  const fast = await readFast(files, mapping);
  const slow = await readSlowly(files, mapping);
  expect(fast.rows).toEqual(slow.rows);
  expect(fast.problems).toEqual(slow.problems);
}

describe("the engine's reader and the line reader", () => {
  it.each<[string, ColumnMapping]>([
    ["canonical", NO_MAPPING],
    [
      "mapped",
      {
        map: { tenant: "id", conversation_id: "tenant", latency_ms: "turn" },
        set: { region: "eu", batch: "true" },
      },
    ],
    ["with a unit", { map: {}, set: { provider: "openai" }, tsUnit: "s" }],
  ])("make the same of any JSON lines: %s", async (_what, mapping) => {
    await fc.assert(
      fc.asyncProperty(fc.array(jsonlFile, { minLength: 1, maxLength: 3 }), (contents) =>
        expectSameReading(contents, ".jsonl", mapping),
      ),
      { numRuns: 25 },
    );
  });

  it("make the same of any CSV", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(csvFile, { minLength: 1, maxLength: 3 }), (contents) =>
        expectSameReading(contents, ".csv", NO_MAPPING),
      ),
      { numRuns: 50 },
    );
  });

  it("share the work as meant: plain files never reach the line reader", async () => {
    const files = [
      await bench.put(
        "plain.jsonl",
        jsonLines(...Array.from({ length: 100 }, () => event({ tenant: "t", cost_usd: 0.1 }))),
      ),
      await bench.put("plain.csv", "ts,model,input_tokens,output_tokens\n2026-06-01 10:00:00,m,12,3\n"),
    ];
    const { parts } = await readFast(files, NO_MAPPING);

    expect(parts).toEqual(["jsonl.parquet", "csv.parquet"]);
  });

  it("make the same of a large file with odd records, of which the engine reads a clean copy", async () => {
    const good = Array.from({ length: 10_000 }, (_, n) => event({ tenant: `tenant ${n}`, turn: n }));
    const odd = Buffer.concat([
      Buffer.from('{"ts":\n"2026-06-01"}\n\n{"model":"'),
      Buffer.from([0xe9]),
      Buffer.from(`"}\n{"prompt":"${"x".repeat(17 * 1024 * 1024)}"}\n{"input_tokens":NaN}\n`),
    ]);
    const lines = Buffer.concat([
      Buffer.from(jsonLines(...good)),
      odd,
      Buffer.from(jsonLines(...good.slice(0, 9))),
    ]);
    const header = "ts,model,input_tokens,output_tokens,tenant,latency_ms\n";
    const rows = Array.from(
      { length: 20_000 },
      (_, n) => `2026-06-01 10:00:00,gpt-4o,${n},1,"name, of\n${n}${" ".repeat(200)}",0.25\n`,
    );
    const table = Buffer.from(
      `${header}${rows.join("")}1,2,3\n"x"y,2\n${rows[1]}2026-06-01,m,-1,1,,\n1,"open\n${rows[2]}`,
    );

    await expectSameReading([lines], ".jsonl", NO_MAPPING);
    await expectSameReading([table], ".csv", NO_MAPPING);
    const { parts } = await readFast([await bench.put("odd.csv", table)], NO_MAPPING);
    expect(parts).toEqual(["csv.parquet"]);
  });
});
