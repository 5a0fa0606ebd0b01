import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE, UNTIL } from "./platform-case.js";

const KEY = "canary-sk-litellm-0123456789";
const SECOND = 1000;

const stored = (id: string, ms: number, changes: object = {}) => ({
  request_id: id,
  call_type: "acompletion",
  startTime: new Date(ms).toISOString(),
  endTime: new Date(ms + 900).toISOString(),
  ...{ spend: 0.0004, prompt_tokens: 100, completion_tokens: 7, cache_hit: "False", status: "success" },
  metadata: { additional_usage_values: { cache_read_input_tokens: 60 }, requester_metadata: CANARY_PROMPT },
  ...{ model: "gpt-5-mini", custom_llm_provider: "openai", api_base: "https://api.openai.com/v1/" },
  ...{ team_id: "search", request_tags: ["User-Agent: curl", "answer"] },
  messages: [{ role: "user", content: CANARY_PROMPT }],
  response: { choices: [{ message: { content: CANARY_PROMPT } }] },
  proxy_server_request: { body: CANARY_PROMPT },
  ...changes,
});

const from = SINCE.getTime();
const busy = from + 3600 * SECOND;
const records = [
  stored("before", from - 1),
  ...Array.from({ length: 120 }, (_, index) => stored(`early-${index}`, from + index * 1500)),
  // More in one second than a page holds, its first and last moment among them.
  ...Array.from({ length: 230 }, (_, index) => stored(`busy-${index}`, busy + (index % 11) * 100)),
  stored("cached", busy + 5 * SECOND, { cache_hit: "True", spend: 0 }),
  stored("broken", busy + 6 * SECOND, { completion_tokens: -5 }),
  stored("after", UNTIL.getTime()),
];

/** An older proxy: it does not know the newer path, and sorts newest first whatever it is asked. */
function answer({ path, headers, query }: PlatformRequest): PlatformAnswer {
  if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, json: { error: "no key" } };
  if (path !== "/spend/logs/ui") return { status: 404, json: { detail: "Not Found" } };
  const instant = (name: string): string => `${query.get(name)!.replace(" ", "T")}.000Z`;
  const [start, end] = [instant("start_date"), instant("end_date")];
  const [page, size] = [Number(query.get("page")), Number(query.get("page_size"))];
  const matching = records
    .filter(({ startTime }) => startTime >= start && startTime <= end)
    .toSorted((one, other) => (one.startTime > other.startTime ? -1 : 1));
  const data = matching.slice((page - 1) * size, page * size);
  return { json: { data, total: matching.length, page, page_size: size } };
}

export const litellmCase: PlatformCase = {
  start: () => platformServer(answer),
  settings: (base) => ({ base_url: base }),
  environment: { LITELLM_API_KEY: KEY },
  holds: { rows: 352, statements: 0, inputTokens: 350 * 100, outputTokens: 350 * 7 },
  requests: 6,
  resumes: true,
};
