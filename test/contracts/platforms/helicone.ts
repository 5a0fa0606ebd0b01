import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE, UNTIL } from "./platform-case.js";

const KEY = "canary-helicone-key-0123456789";
const SECOND = 1000;

interface Stored {
  readonly request_id: string;
  readonly request_created_at: string;
  readonly request_body: object;
  readonly response_body: object;
}

/** As ClickHouse writes it: no zone, milliseconds. */
const stamp = (ms: number): string => new Date(ms).toISOString().replace("T", " ").replace("Z", "");

const stored = (id: string, ms: number, changes: object = {}): Stored => ({
  request_id: id,
  request_created_at: stamp(ms),
  ...{ response_status: 200, provider: "ANTHROPIC", request_model: "claude-sonnet-4-5" },
  ...{ prompt_tokens: 40, prompt_cache_read_tokens: 60, prompt_cache_write_tokens: 0, completion_tokens: 7 },
  ...{ delay_ms: 900, cost: 0.0004, cache_reference_id: "00000000-0000-0000-0000-000000000000" },
  ...{ request_user_id: "search", target_url: "https://api.anthropic.com/v1/messages" },
  request_body: { messages: [{ role: "user", content: CANARY_PROMPT }] },
  response_body: { content: [{ type: "text", text: CANARY_PROMPT }] },
  ...changes,
});

const from = SINCE.getTime();
const busy = from + 3600 * SECOND;
const records: readonly Stored[] = [
  stored("before", from - 1),
  ...Array.from({ length: 700 }, (_, index) => stored(`early-${index}`, from + index * 1500)),
  // More in one second than a page holds.
  ...Array.from({ length: 1300 }, (_, index) => stored(`busy-${index}`, busy + (index % 10))),
  ...Array.from({ length: 400 }, (_, index) => stored(`late-${index}`, busy + (index + 1) * 700)),
  stored("broken", busy + 7200 * SECOND, { prompt_tokens: -5 }),
  stored("after", UNTIL.getTime()),
];

function answer({ path, headers, body }: PlatformRequest): PlatformAnswer {
  if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, json: { error: "Unauthorized" } };
  if (path !== "/v1/request/query-clickhouse") return { status: 404, json: {} };
  const { filter, offset, limit } = JSON.parse(body);
  const gte = stampOf(filter.left.request_response_rmt.request_created_at.gte);
  const lt = stampOf(filter.right.request_response_rmt.request_created_at.lt);
  const data = records
    .filter(({ request_created_at: at }) => at >= gte && at < lt)
    .toSorted((one, other) => (one.request_created_at < other.request_created_at ? -1 : 1))
    .slice(offset, offset + limit);
  return { json: { data, error: null } };
}

const stampOf = (iso: string): string => stamp(Date.parse(iso));

export const heliconeCase: PlatformCase = {
  start: () => platformServer(answer),
  settings: (base) => ({ base_url: base }),
  environment: { HELICONE_API_KEY: KEY },
  holds: { rows: 2401, statements: 0, inputTokens: 2400 * 100, outputTokens: 2400 * 7 },
  requests: 3,
  resumes: true,
};
