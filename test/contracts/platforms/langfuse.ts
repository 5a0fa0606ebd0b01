import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE, UNTIL } from "./platform-case.js";

const PUBLIC = "canary-pk-lf-0123456789";
const SECRET = "canary-sk-lf-0123456789";
const MINUTE = 60_000;

const stored = (type: string, index: number) => {
  const start = UNTIL.getTime() - (index + 1) * (MINUTE / 2);
  return {
    id: `${type.toLowerCase()}-${index}`,
    type,
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + 1500).toISOString(),
    name: "answer",
    level: "DEFAULT",
    statusMessage: CANARY_PROMPT,
    providedModelName: "claude-sonnet-4-5",
    usageDetails: { input: 40, cache_read_input_tokens: 60, output: 7, total: 107 },
    totalCost: 0.0004,
    latency: 1.5,
    userId: "search",
  };
};

// A broken one among them, and some before the window that a filter must keep away.
const generations = Array.from({ length: 2500 }, (_, index) => stored("GENERATION", index)).concat(
  {
    ...stored("GENERATION", 2500),
    usageDetails: { input: -1, cache_read_input_tokens: 0, output: 1, total: 0 },
  },
  { ...stored("GENERATION", 9999), startTime: new Date(SINCE.getTime() - MINUTE).toISOString() },
);
const embeddings = Array.from({ length: 10 }, (_, index) => stored("EMBEDDING", index));

function observations({ query }: PlatformRequest): PlatformAnswer {
  const [from, to] = [query.get("fromStartTime")!, query.get("toStartTime")!];
  const wantsText = query.get("fields")!.split(",").includes("io");
  const all = (query.get("type") === "EMBEDDING" ? embeddings : generations).filter(
    ({ startTime }) => startTime >= from && startTime < to,
  );
  const start = Number(Buffer.from(query.get("cursor") ?? "", "base64").toString() || 0);
  const end = start + Number(query.get("limit"));
  const data = all
    .slice(start, end)
    .map((record) => (wantsText ? { ...record, input: CANARY_PROMPT, output: CANARY_PROMPT } : record));
  const meta = end < all.length ? { cursor: Buffer.from(String(end)).toString("base64") } : {};
  return { json: { data, meta } };
}

/** One score for each of the newest 150 generations. */
function scores({ query }: PlatformRequest): PlatformAnswer {
  const [page, limit] = [Number(query.get("page")), Number(query.get("limit"))];
  const all = generations
    .slice(0, 150)
    .map(({ id }) => ({ observationId: id, name: query.get("name"), value: 4 }));
  return { json: { data: all.slice((page - 1) * limit, page * limit), meta: { page } } };
}

export const langfuseCase: PlatformCase = {
  start: () =>
    platformServer((request) => {
      const expected = `Basic ${Buffer.from(`${PUBLIC}:${SECRET}`).toString("base64")}`;
      if (request.headers.authorization !== expected) return { status: 401, json: {} };
      if (request.path === "/api/public/v2/observations") return observations(request);
      return request.path === "/api/public/v2/scores" ? scores(request) : { status: 404, json: {} };
    }),
  settings: (base) => ({ base_url: base, quality_score: "helpfulness", quality_best: 5 }),
  environment: { LANGFUSE_PUBLIC_KEY: PUBLIC, LANGFUSE_SECRET_KEY: SECRET },
  holds: { rows: 2511, statements: 0, inputTokens: 2510 * 100, outputTokens: 2510 * 7 },
  requests: 6,
  resumes: true,
};
