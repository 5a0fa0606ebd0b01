import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE, UNTIL } from "./platform-case.js";

const KEY = "canary-phx-0123456789";
const PATH = "/api/projects/7/query/";

interface Stored {
  readonly uuid: string;
  readonly at: number;
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const properties = {
  $ai_provider: "anthropic",
  $ai_model: "claude-sonnet-4-5",
  $ai_input_tokens: 40,
  $ai_cache_read_input_tokens: 60,
  $ai_output_tokens: 7,
  $ai_latency: 1.5,
  $ai_total_cost_usd: 0.0004,
  $ai_span_name: "answer",
  $ai_input: [{ role: "user", content: CANARY_PROMPT }],
  $ai_output_choices: [{ content: CANARY_PROMPT }],
  $ai_error: CANARY_PROMPT,
};

const stored = (uuid: string, at: number, changes: object = {}): Stored => ({
  uuid,
  at,
  event: "$ai_generation",
  properties: { ...properties, ...changes },
});

const from = SINCE.getTime();
const events: readonly Stored[] = [
  stored("before", from - 1),
  stored("after", UNTIL.getTime()),
  stored("broken", from + 5000, { $ai_output_tokens: "many" }),
  // Several share each moment, more than a page at one of them.
  ...Array.from({ length: 250 }, (_, index) => stored(`same-${index}`, from + 1000)),
  ...Array.from({ length: 300 }, (_, index) => stored(`call-${index}`, from + Math.floor(index / 3))),
  { ...stored("trace", from + 10), event: "$ai_trace" },
];

/** Answers the one query that the collector makes: its columns, its values, its limit. */
function answer({ path, headers, body }: PlatformRequest): PlatformAnswer {
  if (headers.authorization !== `Bearer ${KEY}`) return { status: 403, json: { detail: "no scope" } };
  if (path !== PATH) return { status: 404, json: {} };
  const { query, values } = JSON.parse(body).query;
  const [, columns] = /SELECT ([\s\S]+?)\nFROM/.exec(query)!;
  const limit = Number(/LIMIT (\d+)$/.exec(query)![1]);
  const results = events
    .filter(({ event }) => query.includes(`'${event}'`))
    .filter(({ at }) => at >= Date.parse(values.page_start) && at < Date.parse(values.window_end))
    .filter(
      ({ at, uuid }) => at > values.after_ms || (at === values.after_ms && uuid > String(values.after_id)),
    )
    .toSorted((one, other) => one.at - other.at || (one.uuid < other.uuid ? -1 : 1))
    .slice(0, limit)
    .map((event) => columns!.split(",\n  ").map((column) => cellOf(event, column)));
  return { json: { results, hasMore: results.length === limit } };
}

function cellOf({ uuid, at, event, properties: held }: Stored, column: string): unknown {
  if (column === "toString(uuid)") return uuid;
  if (column === "toUnixTimestamp64Milli(timestamp)") return at;
  if (column === "event") return event;
  return column === "distinct_id" ? "u-1" : (held[column.replace("properties.", "")] ?? null);
}

export const posthogCase: PlatformCase = {
  start: () => platformServer(answer),
  settings: (base) => ({ base_url: base, project_id: "7", page_rows: 100 }),
  environment: { POSTHOG_API_KEY: KEY },
  holds: { rows: 551, statements: 0, inputTokens: 550 * 100, outputTokens: 550 * 7 },
  requests: 6,
  resumes: true,
  queriesIn: (body) => [JSON.parse(body).query.query],
};
