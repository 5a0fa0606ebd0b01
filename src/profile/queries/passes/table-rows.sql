-- The rows of the table under canonical names, and which of them can be used: what discover would reject is left out.
SELECT
  *,
  CASE
    WHEN micros IS NULL OR micros < {{earliest_micros}} OR micros >= {{latest_micros}} THEN false
    WHEN coalesce(input_tokens, 0) < 0 OR coalesce(output_tokens, 0) < 0 OR coalesce(latency_ms, 0) < 0 THEN false
    WHEN coalesce(ttft_ms, 0) < 0 OR coalesce(cost_usd, 0) < 0 OR coalesce(request_count, 0) < 0 THEN false
    WHEN coalesce(cached_input_tokens, 0) < 0 OR coalesce(cache_write_tokens, 0) < 0 THEN false
    WHEN coalesce(cache_write_1h_tokens, 0) < 0 OR coalesce(reasoning_tokens, 0) < 0 THEN false
    WHEN coalesce(cached_input_tokens, 0) + coalesce(cache_write_tokens, 0) > coalesce(input_tokens, 9000000000000000) THEN false
    WHEN coalesce(cache_write_1h_tokens, 0) > coalesce(cache_write_tokens, 9000000000000000) THEN false
    WHEN coalesce(reasoning_tokens, 0) > coalesce(output_tokens, 9000000000000000) THEN false
    WHEN coalesce(status, 'ok') NOT IN ('ok', 'error', 'timeout', 'rate_limited') THEN false
    ELSE true
  END AS usable
FROM (
  SELECT
    {{columns}}
  FROM {{table}}
) AS typed
