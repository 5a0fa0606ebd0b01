import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE, UNTIL } from "./platform-case.js";

const KEY = "canary-admin-key-0123456789";
const HOUR = 3600;
const start = SINCE.getTime() / 1000;
const end = UNTIL.getTime() / 1000;

/** Buckets of eight hours a page, so that a day is three pages. */
const PAGE = 8;

const usage = {
  object: "organization.usage.completions.result",
  input_tokens: 1000,
  input_cached_tokens: 400,
  output_tokens: 200,
  num_model_requests: 5,
  project_id: "proj_search",
  user_id: null,
  api_key_id: null,
  model: "gpt-5-mini-2025-08-07",
  batch: false,
  service_tier: "default",
  // No such field exists; if one came, it must not come through.
  note: CANARY_PROMPT,
};

function pageOf({ path, query }: PlatformRequest): PlatformAnswer {
  const from = Number(query.get("page") ?? start);
  if (path.endsWith("/costs")) {
    const result = {
      object: "organization.costs.result",
      amount: { value: 1.25, currency: "usd" },
      line_item: "gpt-5-mini, input",
      project_id: "proj_search",
    };
    return {
      json: {
        object: "page",
        data: [{ start_time: start, end_time: end, results: [result] }],
        has_more: false,
      },
    };
  }
  const buckets = Array.from({ length: PAGE }, (_, hour) => {
    const at = from + hour * HOUR;
    const isEmpty = path.endsWith("/moderations") || hour === 7;
    const results = isEmpty ? [] : [usage, { ...usage, batch: true, project_id: "proj_mail" }];
    return { object: "bucket", start_time: at, end_time: at + HOUR, results };
  });
  const next = from + PAGE * HOUR;
  return {
    json: {
      object: "page",
      data: buckets,
      has_more: next < end,
      next_page: next < end ? String(next) : null,
    },
  };
}

// Completions and embeddings: three pages of seven hours with two results each.
const ROWS = 2 * 3 * 7 * 2;

export const openaiUsageCase: PlatformCase = {
  start: () =>
    platformServer((request) =>
      request.headers.authorization === `Bearer ${KEY}` ? pageOf(request) : { status: 401, json: {} },
    ),
  settings: (base) => ({ base_url: base }),
  environment: { OPENAI_ADMIN_KEY: KEY },
  holds: { rows: ROWS, statements: 1, inputTokens: ROWS * 1000, outputTokens: ROWS * 200 },
  requests: 10,
  resumes: true,
};
