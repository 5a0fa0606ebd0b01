import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderYaml } from "../shared/artifact.js";
import { toFileShape } from "../shared/case.js";
import type { TokenOpError } from "../shared/errors.js";
import { type BuiltProfile, buildProfile, type ProfileInput } from "./build-profile.js";
import { profileSchema } from "./contract.js";
import { openStage, type Stage, testPrices } from "./fixtures/stage.js";
import { loadWorkload, type ProfileArtifact } from "./load-workload.js";

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const prices = testPrices();

function build(change: Partial<ProfileInput> = {}): Promise<BuiltProfile> {
  const { engine, workspace, context } = stage;
  return buildProfile({ engine, workspace, prices, context, seed: 7, ...change });
}

const failure = (work: Promise<unknown>): Promise<TokenOpError> =>
  work.then(
    () => Promise.reject(new Error("expected a failure")),
    (error) => error,
  );

function artifactOf(built: BuiltProfile): ProfileArtifact {
  const envelope = { apiVersion: "tokenop/v1" as const, kind: "Profile" as const, inputs: [] };
  const run = { createdAt: "2026-11-01T00:00:00Z", tokenopVersion: "0.0.0", directory: "." };
  return { ...envelope, ...built.profile, run };
}

/** Two hours of three intents, billed at 90 % of the base tier; one model without a price, one failure, repeats. */
function smallWorkload() {
  return Array.from({ length: 60 }, (_, at) => {
    const intent = ["faq", "digest", "chat"][at % 3]!;
    const model = intent === "faq" ? "small" : intent === "digest" ? "large" : "nova";
    const input = 100 + 25 * at;
    const list = intent === "faq" ? input * 0.15e-6 + 6e-6 : input * 2.5e-6 + 100e-6;
    return {
      id: `e${at}`,
      ts: new Date(Date.UTC(2026, 9, 1, 10, 2 * at)).toISOString(),
      intent,
      provider: "acme",
      model,
      tenant: at % 2 === 0 ? "north" : "south",
      input_tokens: input,
      output_tokens: 10,
      latency_ms: 500 + at,
      status: at === 7 ? ("error" as const) : ("ok" as const),
      cost_usd: Number((list * 0.9).toFixed(9)),
      cost_basis: "billed" as const,
      prompt_hash: intent === "faq" ? `q${at % 4}` : `unique-${at}`,
      prefix_hashes: [intent, `${intent}-${at}`],
      prefix_block_tokens: 64,
    };
  });
}

const prompt = (event: number, text: string, more = {}) => ({ id: `e${event}`, prompt: text, ...more });

describe("a profile", () => {
  it("keeps its figures for a small workload", async () => {
    await stage.writeEvents(smallWorkload());
    await stage.writePrompts(Array.from({ length: 12 }, (_, at) => prompt(at, `Question ${at} about lamps`)));

    const built = await build();

    profileSchema.parse(toFileShape(artifactOf(built)));
    await expect(renderYaml(toFileShape(built.profile))).toMatchFileSnapshot(
      "fixtures/small-profile.golden.yaml",
    );
  });

  it("says what only buckets cover, and claims nothing of single requests from them", async () => {
    const bucket = {
      provider: "acme",
      model: "large",
      grain: "bucket" as const,
      bucket_seconds: 86_400,
      input_tokens: 900_000,
      output_tokens: 0,
      ts: "2026-10-01T00:00:00Z",
      latency_ms: 12,
      prompt_hash: "q",
    };
    const buckets = [
      { ...bucket, request_count: 900 },
      { ...bucket, ts: "2026-10-02T00:00:00Z" },
    ];
    await stage.writeEvents(buckets);
    const { profile } = await build();

    expect(profile).toMatchObject({
      totals: { events: 901, inputTokens: 1_800_000, costUsd: "4.5" },
      span: { last: "2026-10-03T00:00:00.000Z", hours: 48 },
      peaks: null,
      tokens: null,
      latencyMs: null,
      growth: null,
      buckets: { rows: 2, rowShare: 1, uncountedRows: 1, requests: 901, requestShare: 1, costShare: 1 },
      reuse: { promptHashCoverage: 0 },
    });
    expect(profile.clusters).toMatchObject([{ requests: 901, inputTokensPerRequest: 1000 }]);
    expect(profile.drivers.hour).toMatchObject([{ key: "(buckets)", events: 901 }]);
    expect(profile.warnings).toEqual([
      expect.stringContaining("2 of 2 rows are sums over requests and carry 100.0 % of the cost"),
      expect.stringContaining("Of these, 1 without a number of requests"),
    ]);

    await stage.writeEvents([...buckets, { ...bucket, grain: null, input_tokens: 100 }]);
    const mixed = (await build()).profile;

    expect(mixed.peaks).toMatchObject({ requestsPerMinute: 1, tokensPerMinute: 100 });
    expect(mixed.tokens!.input.p99).toBeCloseTo(100, 0);
    expect(mixed.reuse.promptHashCoverage).toBeCloseTo(1 / 902, 12);
    expect(mixed.buckets).toMatchObject({ rowShare: 2 / 3, costUsd: "4.5" });
    profileSchema.parse(toFileShape(artifactOf(await build())));
  });

  it("finds the event of a prompt whose source named the call otherwise", async () => {
    const call = { provider: "acme", model: "large", input_tokens: 10, output_tokens: 1 };
    await stage.writeEvents([{ ...call, id: "gateway-1", intent: "faq" }]);
    await stage.writePrompts([{ id: "tool-1", prompt: "Which lamp is it?" }]);
    const same = `COPY (SELECT 'tool-1' AS id, 'gateway-1' AS kept_id) TO '${stage.workspace.sameCalls}' (FORMAT parquet)`;
    await stage.engine.run(same);
    const { profile } = await build();
    await rm(stage.workspace.sameCalls);

    expect(profile.clusters).toMatchObject([{ id: "faq", requests: 1, prompts: 1 }]);
  });

  it("comes out byte for byte the same from the same events and seed", async () => {
    await stage.writeEvents(smallWorkload());
    await stage.writePrompts(Array.from({ length: 12 }, (_, at) => prompt(at, `Question ${at} about lamps`)));

    expect(await build()).toEqual(await build());
  });

  it("shows the dearest twenty keys and the rest in one row, all of it adding up", async () => {
    await stage.writeEvents(
      Array.from({ length: 25 }, (_, at) => ({
        provider: "acme",
        model: "large",
        tenant: `tenant-${String(at).padStart(2, "0")}`,
        input_tokens: 100 * (at + 1),
        output_tokens: 1,
      })),
    );

    const { tenant } = (await build()).profile.drivers;

    expect(tenant).toHaveLength(21);
    expect(tenant[0]!.key).toBe("tenant-24");
    expect(tenant[20]).toMatchObject({ key: "(other)", events: 5 });
    expect(tenant.reduce((sum, row) => sum + row.share, 0)).toBeCloseTo(1, 9);
  });

  it("asks for events before anything else", async () => {
    expect(await failure(build())).toMatchObject({ code: "TOP-PROFILE-EVENTS" });
    await stage.writeEvents([]);
    expect(await failure(build())).toMatchObject({ code: "TOP-PROFILE-EMPTY" });
  });

  it("says which cluster methods work here", async () => {
    const error = await failure(build({ clusterMethod: "semantic" }));

    expect(error).toMatchObject({ code: "TOP-PROFILE-METHOD" });
    expect(error.found).toContain("embedding endpoint");
    expect(await failure(build({ clusterMethod: "magic" }))).toMatchObject({ code: "TOP-PROFILE-METHOD" });
  });

  it("needs prompts to cluster by their words", async () => {
    await stage.writeEvents([{}]);

    expect(await failure(build({ clusterMethod: "lexical" }))).toMatchObject({ code: "TOP-PROFILE-PROMPTS" });
    expect(await failure(build({ promptsPath: "/nowhere.jsonl" }))).toMatchObject({
      code: "TOP-PROFILE-PROMPTS",
    });
  });
});

describe("clusters of a profile", () => {
  const events = Array.from({ length: 60 }, (_, at) => ({
    id: `e${at}`,
    input_tokens: 10,
    output_tokens: 1,
  }));
  const texts = (at: number) =>
    at % 2 === 0 ? `Translate this sentence to French: number ${at}` : `Write unit tests for module ${at}`;

  it("re-key the cube by event id and leave events without a prompt unknown", async () => {
    await stage.writeEvents(events);
    await stage.writePrompts(Array.from({ length: 40 }, (_, at) => prompt(at, texts(at))));

    const { profile } = await build();

    const clusters = profile.clusters.map(({ id, method, requests, prompts }) => [
      id,
      method,
      requests,
      prompts,
    ]);
    expect(clusters.sort()).toEqual([
      ["cluster-01", "lexical", 20, 20],
      ["cluster-02", "lexical", 20, 20],
      ["unknown", "intent", 20, 0],
    ]);
    expect(profile.warnings.join()).toContain("20 of 60 events have neither an intent nor a prompt");
  });

  it("follow a declared intent first, of the event and then of the prompt", async () => {
    await stage.writeEvents([{ id: "e0", intent: "faq" }, { id: "e1" }, { id: "e2" }]);
    await stage.writePrompts([
      prompt(0, "one", { intent: "other" }),
      prompt(1, "two", { intent: "faq" }),
      prompt(2, "three"),
    ]);

    const { profile } = await build({ clusterMethod: "intent" });

    expect(profile.clusters.map(({ id, requests }) => [id, requests])).toEqual([
      ["faq", 2],
      ["unknown", 1],
    ]);
  });

  it("ignore declared intents when words are asked for", async () => {
    await stage.writeEvents(events.map((event) => ({ ...event, intent: "faq" })));
    await stage.writePrompts(Array.from({ length: 40 }, (_, at) => prompt(at, texts(at))));

    const { profile } = await build({ clusterMethod: "lexical" });

    expect(profile.clusters.map(({ id }) => id).sort()).toEqual(["cluster-01", "cluster-02", "unknown"]);
  });
});

const TOOLS = [{ type: "function", function: { name: "look" } }];

describe("samples of a profile", () => {
  it("carry their draw, and medoids never pass for draws", async () => {
    await stage.writeEvents(smallWorkload());
    await stage.writePrompts(
      Array.from({ length: 30 }, (_, at) =>
        prompt(at, `Question ${at}`, {
          reference: `answer ${at}`,
          grader: "exact",
          max_tokens: 5,
          tools: TOOLS,
        }),
      ),
    );

    const { samples, profile } = await build({ sampleSize: 12 });

    const inference = samples.filter(({ role }) => role === "inference");
    expect(inference).toHaveLength(12);
    expect(inference.map(({ order }) => order)).toEqual([...inference.keys()]);
    expect(inference[0]).toMatchObject({
      inclusion_probability: 0.4,
      weight: 2.5,
      provider: "acme",
      max_tokens: 5,
      tools: TOOLS,
    });
    const shown = samples.filter(({ role }) => role === "representative");
    expect(shown).toHaveLength(9);
    expect(shown.every(({ inclusion_probability }) => inclusion_probability === null)).toBe(true);
    expect(profile.samples).toMatchObject({ population: 30, inference: 12, representative: 9, seed: 7 });
  });

  it("keep prompt text out of the profile", async () => {
    await stage.writeEvents(smallWorkload());
    await stage.writePrompts(
      Array.from({ length: 30 }, (_, at) => prompt(at, `Zebulon ${"x".repeat(at + 3)}`)),
    );

    const { samples, profile } = await build();

    expect(JSON.stringify(samples)).toContain("Zebulon");
    expect(JSON.stringify(profile)).not.toContain("Zebulon");
  });
});

describe("the workload that a plan computes on", () => {
  it("holds every request of the cube, its clusters and its reuse", async () => {
    await stage.writeEvents(smallWorkload());
    const built = await build();

    const workload = await loadWorkload(stage.engine, stage.workspace, artifactOf(built), prices);

    expect(workload.cells.reduce((sum, cell) => sum + cell.requests, 0)).toBe(60);
    expect(new Set(workload.clusters.map(({ id }) => id))).toEqual(new Set(["faq", "digest", "chat"]));
    expect(workload.exactReuse.some((row) => row.cluster === "faq" && row.hits > 0)).toBe(true);
    expect(workload.prefixReuse.every((row) => row.minimumTokens > 0)).toBe(true);
    expect(workload).toMatchObject({ promptHashCoverage: 1, hours: 1.966667 });
    expect(workload.arrivals.flatMap(({ requests }) => requests).reduce((sum, count) => sum + count, 0)).toBe(
      60,
    );
    expect(workload.outputTails.some((row) => row.capTokens === 64)).toBe(true);
    expect(workload.semanticReuse).toEqual([]);
    expect(workload.pricedAt.toISOString()).toBe("2026-10-01T11:58:00.000Z");
  });

  it("sets the tenants that are named apart, to the last request, and knows each model's latency", async () => {
    await stage.writeEvents(smallWorkload());
    const artifact = artifactOf(await build());
    const load = (tenants: readonly string[]) =>
      loadWorkload(stage.engine, stage.workspace, artifact, prices, tenants);
    const requests = ({ cells }: Awaited<ReturnType<typeof load>>, cluster: string) =>
      cells.filter((cell) => cell.cluster === cluster).reduce((sum, cell) => sum + cell.requests, 0);

    const workload = await load(["north"]);

    // Every second event is north's; a third of all are of each intent.
    expect([requests(workload, "faq"), requests(workload, "faq@north")]).toEqual([10, 10]);
    expect(workload.clusters.find(({ id }) => id === "faq@north")).toMatchObject({
      ...{ tenant: "north", baseCluster: "faq", requests: 10 },
    });
    const whole = await load([]);
    const cost = (given: typeof whole) =>
      given.clusters.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
    expect(cost(workload)).toBe(cost(whole));
    expect(workload.exactReuse.reduce((sum, { hits }) => sum + hits, 0)).toBe(
      whole.exactReuse.reduce((sum, { hits }) => sum + hits, 0),
    );
    expect(requests(await load(["nobody"]), "faq")).toBe(20);
    // The one failure, event 7, is of the model "large" and does not count.
    expect(whole.latencies!.map(({ model, requests: count }) => [model, count]).sort()).toEqual([
      ["large", 19],
      ["nova", 20],
      ["small", 20],
    ]);
    expect(whole.latencies![0]!.p95Ms).toBeGreaterThan(500);
  });

  it("is refused when cube and profile, or prices, do not belong together", async () => {
    await stage.writeEvents(smallWorkload());
    const artifact = artifactOf(await build());
    const load = (profile: ProfileArtifact, book = prices) =>
      failure(loadWorkload(stage.engine, stage.workspace, profile, book));

    const other = { ...artifact, totals: { ...artifact.totals, events: 61 } };
    expect(await load(other)).toMatchObject({ code: "TOP-PROFILE-STALE" });
    expect(await load(artifact, testPrices([...prices.rows].slice(0, 1)))).toMatchObject({
      code: "TOP-PROFILE-PRICES",
    });
    const elsewhere = { ...stage.workspace, cube: `${stage.workspace.cube}.missing` };
    expect(await failure(loadWorkload(stage.engine, elsewhere, artifact, prices))).toMatchObject({
      code: "TOP-PROFILE-STALE",
    });
  });
});
