import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE } from "./platform-case.js";

const KEY = "canary-admin-key-0123456789";
const HOUR_MS = 3_600_000;
const PAGE = 8;
const at = (hour: number): string => new Date(SINCE.getTime() + hour * HOUR_MS).toISOString();

// 100 + 300 + 40 + 60 = 500 tokens in canonical meaning.
const usage = {
  uncached_input_tokens: 100,
  cache_read_input_tokens: 300,
  cache_creation: { ephemeral_1h_input_tokens: 40, ephemeral_5m_input_tokens: 60 },
  output_tokens: 50,
  server_tool_use: { web_search_requests: 0 },
  api_key_id: null,
  workspace_id: "wrkspc_search",
  model: "claude-sonnet-4-5",
  service_tier: "standard",
  context_window: "0-200k",
  note: CANARY_PROMPT,
};

function pageOf({ path, query }: PlatformRequest): PlatformAnswer {
  if (path.endsWith("/cost_report")) {
    const result = {
      amount: "12345.678",
      currency: "USD",
      cost_type: "tokens",
      token_type: "output_tokens",
      description: CANARY_PROMPT,
      model: "claude-sonnet-4-5",
      workspace_id: null,
    };
    return {
      json: { data: [{ starting_at: at(0), ending_at: at(24), results: [result] }], has_more: false },
    };
  }
  const from = Number(query.get("page")?.replace("page_", "") ?? 0);
  const data = Array.from({ length: PAGE }, (_, index) => {
    const hour = from + index;
    const results = index === 7 ? [] : [usage, { ...usage, service_tier: "batch", workspace_id: null }];
    return { starting_at: at(hour), ending_at: at(hour + 1), results };
  });
  const hasMore = from + PAGE < 24;
  return { json: { data, has_more: hasMore, next_page: hasMore ? `page_${from + PAGE}` : null } };
}

const ROWS = 3 * 7 * 2;

export const anthropicUsageCase: PlatformCase = {
  start: () =>
    platformServer((request) =>
      request.headers["x-api-key"] === KEY ? pageOf(request) : { status: 401, json: {} },
    ),
  settings: (base) => ({ base_url: base }),
  environment: { ANTHROPIC_ADMIN_KEY: KEY },
  holds: { rows: ROWS, statements: 1, inputTokens: ROWS * 500, outputTokens: ROWS * 50 },
  requests: 4,
  resumes: true,
};
