import type { Engine } from "../../src/engine/contract.js";
import { EVENT_COLUMNS } from "../../src/events/contract.js";

/** Texts that must never leave an engine: each stands in a column of its own. */
export const PRIVATE_TEXTS = {
  tenant: "Ärzte & Söhne",
  id: "private-call-",
  conversation: "private-talk-",
  promptHash: "private-hash-",
  label: "Dear doctor, my password is",
} as const;

/**
 * Calls of every shape that a cube knows: tiers, batches, failures, billed and unbilled cost, absent tenants, cached
 * and reasoning tokens, contexts around the price thresholds, first-token times, conversations with and without turns
 * and with trimmed history, buckets that are counted and some that are not. Simulated, seeded: equal arguments give
 * equal files.
 */
export async function writeEngineEvents(engine: Engine, path: string, rows: number): Promise<void> {
  const uniform = (stream: number) => `(hash(n, ${stream}) % 1000003) / 1000003.0`;
  const columns: Record<string, string> = {
    id: `'${PRIVATE_TEXTS.id}' || n`,
    // Microseconds that no two calls share, so that time alone puts them in order.
    ts: `make_timestamp(1780272000000000 + n * ${Math.floor((30 * 86_400e6) / rows)} + n % 977)`,
    intent: "CASE WHEN combination % 11 = 0 THEN NULL ELSE 'intent-' || combination % 20 END",
    provider: "['openai', 'anthropic', 'google', 'openai'][1 + combination % 4]",
    model: "['gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-pro', 'gpt-4o-mini'][1 + combination % 4]",
    input_tokens: "input_tokens",
    output_tokens: "output_tokens",
    latency_ms: "CASE WHEN u3 < 0.9 THEN round(200 + output_tokens * (8 + 10 * u3), 1) END",
    cost_usd:
      "CASE WHEN combination % 3 = 0 THEN (input_tokens * 0.0000025 + u4 / 1000)::DECIMAL(18, 12) END",
    endpoint: "CASE WHEN combination % 13 = 0 THEN NULL ELSE 'api-' || combination % 4 || '.example' END",
    region: "['us-east-1', 'eu-west-1', NULL][1 + combination % 3]",
    tenant: `CASE WHEN combination % 17 = 0 THEN NULL ELSE '${PRIVATE_TEXTS.tenant} ' || combination % 23 END`,
    cached_input_tokens: "CASE WHEN u4 < 0.3 THEN input_tokens // 2 WHEN u4 < 0.5 THEN 0 END",
    cache_write_tokens: "CASE WHEN u4 < 0.1 THEN input_tokens // 4 END",
    cache_write_1h_tokens: "CASE WHEN u4 < 0.05 THEN input_tokens // 8 END",
    reasoning_tokens: "CASE WHEN combination % 4 = 2 THEN output_tokens // 3 END",
    status: "CASE WHEN u1 < 0.02 THEN 'error' WHEN u1 < 0.03 THEN 'rate_limited' WHEN u1 < 0.5 THEN 'ok' END",
    batch: "CASE WHEN combination % 29 = 0 THEN true WHEN combination % 2 = 0 THEN false END",
    service_tier: "CASE WHEN combination % 31 = 0 THEN 'flex' END",
    ttft_ms: "CASE WHEN u3 < 0.4 THEN round(50 + 400 * u2, 2) END",
    conversation_id: `CASE WHEN combination % 5 = 1 THEN '${PRIVATE_TEXTS.conversation}' || combination % 40 || '-' || n // 20000 END`,
    turn: "CASE WHEN combination % 10 = 1 THEN n // 40 % 30 END",
    cost_basis: "CASE WHEN combination % 3 = 0 AND combination % 2 = 0 THEN 'billed' END",
    grain: "CASE WHEN combination = 1999 THEN 'bucket' END",
    request_count: "CASE WHEN combination = 1999 AND u2 < 0.7 THEN 1 + (u2 * 100)::BIGINT END",
    bucket_seconds: "CASE WHEN combination = 1999 THEN 3600 END",
    source: "'simulated'",
  };
  const list = EVENT_COLUMNS.map(
    ({ name, type }) => `CAST(${columns[name] ?? "NULL"} AS ${type}) AS ${name}`,
  );
  await engine.run(`COPY (
    WITH draws AS (
      SELECT n, ${uniform(1)} AS u1, ${uniform(2)} AS u2, ${uniform(3)} AS u3, ${uniform(4)} AS u4,
        (hash(n, 5) % 2000)::INTEGER AS combination
      FROM range(${rows}) AS r(n)
    ),
    shaped AS (
      SELECT *,
        CASE WHEN u1 < 0.004 THEN NULL WHEN u1 < 0.01 THEN 199990 + n % 20
          ELSE 1 + (exp(6.5 + 1.1 * sqrt(-2 * ln(1 - u2 * 0.999)) * cos(2 * pi() * u3)))::BIGINT END AS input_tokens,
        CASE WHEN u2 < 0.005 THEN NULL WHEN u2 < 0.01 THEN 0
          ELSE 1 + (exp(4.5 + sqrt(-2 * ln(1 - u2 * 0.999)) * sin(2 * pi() * u3)))::BIGINT END AS output_tokens
      FROM draws
    )
    SELECT ${list.join(", ")} FROM shaped ORDER BY n
  ) TO '${path}' (FORMAT parquet)`);
}
