import { describe, expect, it } from "vitest";
import type { Collected } from "../contract.js";
import { normalise } from "./normalise.js";
import { readObservations } from "./read.js";
import type { Request as Asked } from "./requests.js";

const context = {
  now: () => new Date(0),
  env: {},
  homeDir: "",
  signal: new AbortController().signal,
  log: { info: () => undefined, warn: () => undefined, progress: () => undefined },
  version: "0",
};
const since = new Date("2026-11-20T00:00:00Z");
const until = new Date("2026-11-21T00:00:00Z");

const stored = (index: number) => ({
  id: `o-${index}`,
  type: "GENERATION",
  startTime: new Date(until.getTime() - 1 - index * 250).toISOString(),
  model: "nova",
  usageDetails: { input: 10, output: 1 },
  input: "a prompt that must stay",
});
const observations = Array.from({ length: 230 }, (_, index) => stored(index));

/** The older API: pages by number, newest first, whole records. */
function older(url: URL): unknown {
  const [from, to] = [url.searchParams.get("fromStartTime")!, url.searchParams.get("toStartTime")!];
  const [page, limit] = [Number(url.searchParams.get("page")), Number(url.searchParams.get("limit"))];
  const matching = observations.filter(
    ({ type, startTime }) => type === url.searchParams.get("type") && startTime >= from && startTime < to,
  );
  return { data: matching.slice((page - 1) * limit, page * limit), meta: { page } };
}

const scores = [
  { observationId: "o-0", value: 4 },
  { observationId: "o-1", value: 9 },
  { observationId: "o-2", value: "good" },
  { traceId: "t", value: 5 },
];

function requestOf(asked: URL[], resumeFrom: string | null = null): Asked {
  const fetch = async (input: string | URL | Request): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push(url);
    const answer = url.pathname.endsWith("/scores") ? { data: scores } : older(url);
    return new Response(JSON.stringify(answer));
  };
  return {
    name: "the-source",
    settings: {
      baseUrl: "https://langfuse.example",
      api: "v1",
      environments: ["production"],
      qualityScore: "helpfulness",
      qualityBest: 5,
    },
    since,
    until,
    includeContent: false,
    resumeFrom,
    secret: () => "key",
    optionalSecret: () => null,
    http: (grant) => ({ name: "Langfuse", grant, net: { fetch } }),
  };
}

async function read(request: Asked) {
  const batches: Collected[] = [];
  const readerFor = (qualityOf: (id: string) => number | null) => ({
    summary: "",
    normalise: (record: unknown) => normalise(record, qualityOf),
  });
  for await (const batch of readObservations(request, readerFor, context)) batches.push(batch);
  const rows = batches.flatMap((batch) => (batch.kind === "rows" ? batch.rows : []));
  return { batches, events: rows.flatMap((row) => ("event" in row ? [row.event] : [])) };
}

describe("the older API of Langfuse", () => {
  it("gives every call once, with pages that begin at a time and not at a number", async () => {
    const asked: URL[] = [];
    const { events, batches } = await read(requestOf(asked));

    expect(events.map(({ id }) => id)).toEqual(observations.map(({ id }) => id));
    expect(asked.every((url) => (url.searchParams.get("page") ?? "1") === "1")).toBe(true);
    expect(
      asked.every((url) => url.pathname.endsWith("/scores") || url.searchParams.has("environment")),
    ).toBe(true);
    expect(JSON.stringify(batches)).not.toContain("must stay");
  });

  it("goes on from each of its checkpoints to the same end", async () => {
    const whole = await read(requestOf([]));
    let done: string[] = [];
    for (const [index, batch] of whole.batches.entries()) {
      done = [
        ...done,
        ...(batch.kind === "rows" ? batch.rows.flatMap((row) => ("event" in row ? [row.event.id] : [])) : []),
      ];
      const rest = await read(requestOf([], batch.checkpoint!));
      expect([...done, ...rest.events.map(({ id }) => id)], `after batch ${index}`).toEqual(
        whole.events.map(({ id }) => id),
      );
    }
  });

  it("takes numbers within their range for quality, and nothing else", async () => {
    const { events } = await read(requestOf([]));
    expect(events.slice(0, 3).map(({ quality_score }) => quality_score)).toEqual([0.8, null, null]);
  });
});
