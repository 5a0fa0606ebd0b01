import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openaiUsageCase } from "../contracts/platforms/openai-usage.js";
import { SINCE } from "../contracts/platforms/platform-case.js";
import { type CliResult, temporaryFolder, tokenop } from "../support/cli.js";
import { asJsonl, layOut, logged } from "../support/logs.js";
import type { PlatformServer } from "../support/platform-server.js";
import { schemaProblems } from "../support/session.js";

const HOUR = 3600;

let dir: string;
let server: PlatformServer;

beforeEach(async () => {
  dir = await temporaryFolder();
  server = await openaiUsageCase.start();
  const source = `  - collector: openai-usage\n    bucket_width: 1h\n    base_url: ${server.base}\n`;
  await writeFile(join(dir, "tokenop.yaml"), `sources:\n${source}`);
});
afterEach(() => server.close());

const run = (...args: readonly string[]): Promise<CliResult> =>
  tokenop(["discover", "--json", ...args], { cwd: dir, env: openaiUsageCase.environment });

const events = () => readFile(join(dir, ".tokenop/events.parquet"));
const discovered = async () => parse(await readFile(join(dir, "discovered.yaml"), "utf8"));

describe("a platform that is read on", () => {
  it("is asked from its watermark, less what may still come late, and changes no byte without news", async () => {
    expect((await run("--since", SINCE.toISOString())).code).toBe(0);
    const before = await events();
    const asked = server.log.length;
    const result = await run("--append");

    expect(result.code, result.stderr).toBe(0);
    // The newest billed day began then, and it may change for two days.
    const from = SINCE.getTime() / 1000 - 48 * HOUR;
    const starts = server.log.slice(asked).flatMap(({ query }) => query.getAll("start_time"));
    expect(Math.min(...starts.map(Number))).toBe(from);
    expect(await events()).toEqual(before);
    expect((await discovered()).appended).toEqual({
      kept: 0,
      replaced: openaiUsageCase.holds.rows,
      added: 0,
    });
  });

  it("says so before it is asked", async () => {
    await run("--since", SINCE.toISOString());
    const asked = server.log.length;
    const result = await run("--append", "--explain");

    expect(result.stdout).toContain(`start_time=${SINCE.getTime() / 1000 - 48 * HOUR}`);
    expect(server.log).toHaveLength(asked);
  });

  it("is not counted twice beside the gateway that sent the calls", async () => {
    await run("--since", SINCE.toISOString());
    const ts = new Date(SINCE.getTime() + 600_000).toISOString();
    const calls = ["a", "b"].map((id) =>
      logged(id, { ts, model: "gpt-5-mini", input_tokens: 300, output_tokens: 50, cost_usd: 0.01 }),
    );
    await layOut(dir, { "gateway.jsonl": asJsonl(calls) });
    const args = ["--append", "--input-dir", "gateway.jsonl", "--set", "source=gateway"];
    const report = (await run(...args)).json<{ valid: number; overlapping: number }>();
    const found = await discovered();

    expect(report).toMatchObject({ read: 2, valid: 2, overlapping: 0 });
    expect(await schemaProblems("discover", report)).toEqual([]);
    // Four buckets of the first hour, of five requests each, hold the two.
    expect(found.overlap).toMatchObject({
      mode: "report",
      rows: 4,
      buckets: [{ source: "openai-usage", requests: { requests: 2 }, residual: { requests: 18 } }],
    });
    const again = await run(...args, "--overlap", "residual");
    expect((await discovered()).overlap).toMatchObject({ mode: "residual", rows: 4, residual_rows: 1 });
    expect(again.stderr).toContain("stand in their place");
  });
});
