import { type PlatformAnswer, type PlatformRequest, platformServer } from "../../support/platform-server.js";
import { CANARY_PROMPT, type PlatformCase, SINCE, UNTIL } from "./platform-case.js";

const KEY = "canary-lsv2-0123456789";
const PROJECTS = [
  { id: "11111111-0000-4000-8000-000000000001", name: "shop", calls: 250 },
  { id: "11111111-0000-4000-8000-000000000002", name: "search", calls: 101 },
];

const stored = (project: number, type: string, index: number) => {
  const start = SINCE.getTime() + index * 60_000;
  return {
    id: `${project}-${type}-${index}`,
    name: "answer",
    run_type: type,
    start_time: new Date(start).toISOString().replace("Z", ""),
    end_time: new Date(start + 900).toISOString().replace("Z", ""),
    status: "success",
    error: CANARY_PROMPT,
    extra: {
      metadata: { ls_provider: "openai", ls_model_name: "gpt-5-mini", note: CANARY_PROMPT },
      invocation_params: { tools: [CANARY_PROMPT] },
    },
    ...{ prompt_tokens: 100, completion_tokens: 7, total_cost: "0.0004" },
    prompt_token_details: { cache_read: 60 },
    inputs: { messages: [CANARY_PROMPT] },
    outputs: { text: CANARY_PROMPT },
  };
};

const runs = PROJECTS.flatMap(({ calls }, project) => [
  { ...stored(project, "llm", 0), id: `${project}-early`, start_time: "2026-11-19T23:59:59.999" },
  {
    ...stored(project, "llm", 0),
    id: `${project}-late`,
    start_time: UNTIL.toISOString().replace("Z", ""),
  },
  ...Array.from({ length: calls }, (_, index) => stored(project, "llm", index)),
  { ...stored(project, "llm", 0), id: `${project}-broken`, prompt_tokens: -1 },
  ...Array.from({ length: 5 }, (_, index) => stored(project, "embedding", index)),
  ...Array.from({ length: 5 }, (_, index) => stored(project, "chain", index)),
]);

function query({ body }: PlatformRequest): PlatformAnswer {
  const { session, run_type: type, filter, select, limit, cursor } = JSON.parse(body);
  const project = PROJECTS.findIndex(({ id }) => id === session[0]);
  const [from, to] = [...filter.matchAll(/"([^"]+)Z"/g)].map(([, instant]) => instant);
  const matching = runs.filter(
    ({ id, run_type: kind, start_time: at }) =>
      id.startsWith(`${project}-`) && kind === type && at >= from && at < to,
  );
  const start = Number(cursor ?? 0);
  const end = start + Math.min(limit, 100);
  const chosen = matching
    .slice(start, end)
    .map((run) => Object.fromEntries(Object.entries(run).filter(([key]) => select.includes(key))));
  return { json: { runs: chosen, cursors: { next: end < matching.length ? String(end) : null } } };
}

export const langsmithCase: PlatformCase = {
  start: () =>
    platformServer((request) => {
      if (request.headers["x-api-key"] !== KEY) return { status: 401, json: {} };
      if (request.path === "/api/v1/sessions") {
        const name = request.query.get("name")!;
        return { json: PROJECTS.filter((project) => project.name.includes(name)) };
      }
      return request.path === "/api/v1/runs/query" ? query(request) : { status: 404, json: {} };
    }),
  settings: (base) => ({ base_url: base, projects: PROJECTS.map(({ name }) => name) }),
  environment: { LANGSMITH_API_KEY: KEY },
  holds: { rows: 363, statements: 0, inputTokens: 361 * 100, outputTokens: 361 * 7 },
  requests: 9,
  resumes: true,
};
