import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CanonicalEvent } from "../../events/contract.js";
import { createRandom } from "../../shared/random.js";
import { writeCube } from "../cube/write-cube.js";
import { openStage, type Stage, testPrices } from "../fixtures/stage.js";
import { indexPrompts } from "../prompts/index-prompts.js";
import { writeReuse } from "../reuse/write-reuse.js";
import { readSemanticReuse } from "../side-tables/read-side-tables.js";
import { writeSemanticReuse } from "./write-semantic.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

interface Asked {
  readonly text: string;
  readonly event?: Partial<CanonicalEvent>;
  readonly prompt?: Record<string, unknown>;
}

/** One event and one prompt a second for each question, and filler so that words have weight. */
async function semanticOf(asked: readonly Asked[]) {
  const filler = ["opening hours on Sunday", "lost parcel abroad", "change my address"].map((text) => ({
    text,
  }));
  const all: Asked[] = [...filler, ...asked];
  await stage.writeEvents(
    all.map(({ event }, at) => ({
      ...{ id: `e${at}`, ts: new Date(Date.UTC(2026, 9, 1, 0, 0, at)).toISOString(), intent: "faq" },
      ...{ provider: "acme", model: "large", input_tokens: 100 + at, output_tokens: 10 },
      ...event,
    })),
  );
  await stage.writePrompts(all.map(({ text, prompt }, at) => ({ id: `e${at}`, prompt: text, ...prompt })));
  const { engine, workspace } = stage;
  const index = await indexPrompts(workspace.prompts, createRandom(1), new AbortController().signal);
  const cube = { eventsPath: workspace.events, clustered: false, assignedFirst: false };
  await writeCube(engine, workspace, testPrices(), cube);
  await writeReuse(engine, workspace, {
    ...{ exactTtls: [300, 3600, 86_400, 604_800], prefixTtls: [], prefixMinimums: [] },
    ...{ hasPromptHashes: true, hasPrefixHashes: false },
  });
  await writeSemanticReuse(engine, workspace, index);
  return readSemanticReuse(engine, workspace);
}

const find = (rows: Awaited<ReturnType<typeof semanticOf>>, threshold: number, after: number | null = null) =>
  rows.find(
    (row) => row.threshold === threshold && row.ttlSeconds === 300 && row.afterExactTtlSeconds === after,
  );

describe("semantic reuse of a workload", () => {
  it("removes exactly what the hit was billed", async () => {
    const rows = await semanticOf([
      { text: "how do I reset my password" },
      {
        text: "How do I reset my password?",
        event: { input_tokens: 321, cached_input_tokens: 21, output_tokens: 45, reasoning_tokens: 5 },
      },
    ]);

    expect(find(rows, 0.98)).toMatchObject({
      ...{ cluster: "faq", provider: "acme", model: "large", contextClass: 0, batch: false, hits: 1 },
      ...{
        inputTokens: 321,
        cachedInputTokens: 21,
        cacheWriteTokens: 0,
        outputTokens: 45,
        reasoningTokens: 5,
      },
    });
  });

  it("keeps apart other contexts, tenants and models, failed calls and batches", async () => {
    const text = "how do I reset my password";
    const rows = await semanticOf([
      {
        text,
        prompt: {
          prompt: undefined,
          messages: [
            { role: "system", content: "a" },
            { role: "user", content: text },
          ],
        },
      },
      {
        text,
        prompt: {
          prompt: undefined,
          messages: [
            { role: "system", content: "b" },
            { role: "user", content: text },
          ],
        },
      },
      { text, event: { tenant: "other" } },
      { text, event: { model: "small" } },
      { text, event: { status: "error" } },
      { text, event: { batch: true } },
    ]);

    expect(rows).toEqual([]);
  });

  it("counts behind an exact cache what that lets through", async () => {
    const rows = await semanticOf([
      { text: "how do I reset my password", event: { prompt_hash: "q" } },
      { text: "how do I reset my password", event: { prompt_hash: "q" } },
      { text: "How do I reset my password?", event: { prompt_hash: "r" } },
    ]);

    expect(find(rows, 0.98)?.hits).toBe(2);
    expect(find(rows, 0.98, 300)?.hits).toBe(1);
  });

  it("judges hits by references, and by intents only where clusters are not made of them", async () => {
    const rows = await semanticOf([
      { text: "how do I reset my password", prompt: { reference: "Settings" } },
      { text: "How do I reset my password?", prompt: { reference: " settings " } },
      { text: "how do I reset my password!", prompt: { reference: "Call us" } },
    ]);
    expect(find(rows, 0.98)).toMatchObject({ hits: 2, judgedHits: 2, falseHits: 1 });

    const unjudged = await semanticOf([
      { text: "how do I reset my password", prompt: { intent: "faq" } },
      { text: "How do I reset my password?", prompt: { intent: "faq" } },
    ]);
    expect(find(unjudged, 0.98)).toMatchObject({ hits: 1, judgedHits: 0 });
  });

  it("is empty without prompts", async () => {
    const { engine, workspace } = stage;
    await writeSemanticReuse(engine, workspace, null);

    expect(await readSemanticReuse(engine, workspace)).toEqual([]);
  });
});
