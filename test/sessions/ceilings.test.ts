import { afterEach, describe, expect, it } from "vitest";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { type EchoProvider, echoPrompts, startEchoProvider } from "../support/echo-provider.js";
import { type RunJson, readEvaluation, writeLines } from "../support/session.js";

const providers: EchoProvider[] = [];
afterEach(() => {
  for (const provider of providers.splice(0)) provider.close();
});

describe("a ceiling on time", () => {
  it("ends the run with what there is, names itself, and lets it be resumed", async () => {
    const provider = await startEchoProvider({ delayMs: 150 });
    providers.push(provider);
    const dir = await temporaryFolder();
    await writeLines(dir, "prompts.jsonl", echoPrompts(60));
    const ask = (...flags: string[]) =>
      tokenop(
        [
          ...["run", "--input", "prompts.jsonl", "--baseline", "mine/large", "--candidates", "mine/small"],
          ...[
            "--provider",
            `mine=${provider.url}/v1`,
            "--yes-send-to",
            provider.host,
            "--population",
            "samples",
          ],
          ...["--max-tokens-total", "10000000", "--concurrency", "2", ...flags],
        ],
        { cwd: dir },
      );
    const short = await ask("--max-minutes", "0.02");
    expect(short.code, short.stderr).toBe(4);
    expect(short.stdout).toContain("Stopped early: the time was up (--max-minutes).");
    expect(await readEvaluation(dir)).toMatchObject({ stopped: "time", complete: false });
    const before = provider.received.length;
    expect(before).toBeLessThan(120);
    const whole = await ask("--resume", "--json", "--max-minutes", "10");
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.json<RunJson>()).toMatchObject({ complete: true, stopped: null });
    expect(provider.received).toHaveLength(120);
  });
});

describe("latency and cost", () => {
  const lines = ["big", "small"].flatMap((model) =>
    Array.from({ length: 100 }, (_, index) => ({
      ...{ sample_id: `s${index}`, model, score: 1, latency_ms: model === "big" ? 900 : 200 + index },
      cost_usd: model === "big" ? 0.01 : 0.001,
    })),
  );
  const ask = async (...flags: string[]) => {
    const dir = await temporaryFolder();
    await writeLines(dir, "recordings.jsonl", lines);
    const replay = [
      "--mode",
      "replay",
      "--recordings",
      "recordings.jsonl",
      "--baseline",
      "big",
      "--candidates",
      "small",
    ];
    return tokenop(["run", ...replay, ...flags], { cwd: dir });
  };

  it("are certified besides quality, and printed", async () => {
    const result = await ask("--latency-p95", "400");
    expect(result.stdout).toContain(
      "small, latency (p95), CERTIFIED: 0 of 100 calls took longer than 400 ms.",
    );
    expect(result.stdout).toContain("small, cost per accepted answer, CERTIFIED: USD 0.001 against USD 0.01");
    expect(result.stdout).toContain("assumed: twice the largest recorded cost");
    const { operations } = (await ask("--latency-p95", "290", "--json")).json<{ operations: unknown[] }>();
    expect(operations).toMatchObject([
      { kind: "latency_p95", verdict: "inconclusive", target_ms: 290, exceeded: 9, family: 2 },
      { kind: "cost_per_accepted", verdict: "certified", bound_basis: "assumed", family: 2 },
    ]);
  });
});
