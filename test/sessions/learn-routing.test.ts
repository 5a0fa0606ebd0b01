import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { temporaryFolder, tokenop } from "../support/cli.js";
import { writeLines } from "../support/session.js";

const CANARY = "canary-7f3a";

/** Two intents: the small model is always right on one, and on the other only half of the time. */
const recordings = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const isEasy = index % 2 === 0;
    const isRight = isEasy || index % 4 === 1;
    const common = { sample_id: `s${index}`, intent: isEasy ? "easy" : "hard", input_tokens: 100 };
    return [
      { ...common, model: "big", score: 1, cost_usd: 0.01, latency_ms: 900, response: CANARY },
      {
        ...common,
        model: "small",
        score: isRight ? 1 : 0,
        cost_usd: 0.001,
        latency_ms: 200,
        response: CANARY,
      },
    ];
  }).flat();

const replay = ["run", "--mode", "replay", "--recordings", "recordings.jsonl", "--baseline", "big"];

async function folderWith(count: number): Promise<string> {
  const dir = await temporaryFolder();
  await writeLines(dir, "recordings.jsonl", recordings(count));
  return dir;
}

describe("learn-routing after a run", () => {
  it("certifies a table by intent and writes it for a router and for LiteLLM, without content", async () => {
    const dir = await folderWith(600);
    const ran = await tokenop([...replay, "--candidates", "small"], { cwd: dir });
    expect(ran.stderr).not.toContain("error");
    const result = await tokenop(["learn-routing", "--quality-margin", "0.05", "--json"], { cwd: dir });
    expect(result.code, result.stderr).toBe(0);
    const json = result.json<Record<string, { kind: string; routes: unknown[]; verdict: string }>>();
    expect(json.policy).toMatchObject({ kind: "clusters", routes: [{ cluster: "easy", model: "small" }] });
    expect(json.certificate).toMatchObject({ verdict: "certified", n: 300 });
    const router = JSON.parse(readFileSync(join(dir, "patches/learned-router.json"), "utf8"));
    expect(router).toMatchObject({ kind: "LearnedRouter", guard: { margin: 0.05, canary_share: 0.1 } });
    const litellm = parse(readFileSync(join(dir, "patches/learned-router-litellm.yaml"), "utf8"));
    expect(litellm.router_settings.fallbacks).toEqual([{ easy: ["big"] }]);
    expect(litellm.model_list.map((one: { model_name: string }) => one.model_name)).toEqual([
      "easy",
      "easy",
      "big",
    ]);
    for (const file of ["routing.yaml", "patches/learned-router.json"])
      expect(readFileSync(join(dir, file), "utf8")).not.toContain(CANARY);
    expect(result.stdout + result.stderr).not.toContain(CANARY);
  });

  it("gives the same again, and refuses other settings on samples that were looked at", async () => {
    const dir = await folderWith(600);
    const learn = (...flags: string[]) =>
      tokenop(["learn-routing", "--recordings", "recordings.jsonl", "--baseline", "big", ...flags], {
        cwd: dir,
      });
    expect((await learn("--quality-margin", "0.05")).code).toBe(0);
    const first = parse(readFileSync(join(dir, "routing.yaml"), "utf8"));
    expect((await learn("--quality-margin", "0.05")).code).toBe(0);
    const again = parse(readFileSync(join(dir, "routing.yaml"), "utf8"));
    expect({ ...again, run: null }).toEqual({ ...first, run: null });
    const other = await learn("--quality-margin", "0.05", "--seed", "2");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("TOP-ROUTING-AGAIN");
  });

  it("says INCONCLUSIVE with the samples needed, exits 4 and leaves no patch", async () => {
    const dir = await folderWith(80);
    const result = await tokenop(
      ["learn-routing", "--recordings", "recordings.jsonl", "--baseline", "big", "--quality-margin", "0.02"],
      { cwd: dir },
    );
    expect(result.code, result.stderr).toBe(4);
    expect(result.stdout).toMatch(/INCONCLUSIVE[\s\S]*more pairs are needed/);
    expect(existsSync(join(dir, "patches"))).toBe(false);
  });

  it("refuses samples that were chosen by their own results", async () => {
    const dir = await folderWith(600);
    await tokenop([...replay, "--candidates", "small", "--early-stopping"], { cwd: dir });
    const result = await tokenop(["learn-routing"], { cwd: dir });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("TOP-ROUTING-STOPPED");
  });

  it("learns from a router's log, and refuses one with holes", async () => {
    const dir = await temporaryFolder();
    const log = recordings(3000).filter(
      (_, index) => index % 2 === ((Math.floor(index / 2) * 7919) % 13) % 2,
    );
    const lines = log.map((line) => ({ ...line, propensity: 0.5 }));
    await writeLines(dir, "log.jsonl", lines);
    const learn = (file: string) =>
      tokenop(
        [
          "learn-routing",
          "--recordings",
          file,
          "--baseline",
          "big",
          "--least-propensity",
          "0.5",
          "--quality-margin",
          "0.2",
          "--json",
        ],
        { cwd: dir },
      );
    const result = await learn("log.jsonl");
    expect([0, 4], result.stderr).toContain(result.code);
    expect(result.json()).toMatchObject({ feedback: "logged", value: { policy: { largest_weight: 2 } } });
    const { propensity, ...bare } = lines[0]!;
    await writeLines(dir, "holes.jsonl", [bare, ...lines.slice(1)]);
    const refused = await learn("holes.jsonl");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("TOP-ROUTING-LOG");
    expect(propensity).toBe(0.5);
  });

  it("says what is missing where there are no results", async () => {
    const result = await tokenop(["learn-routing"], { cwd: await temporaryFolder() });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("TOP-ROUTING-RESULTS");
  });
});
