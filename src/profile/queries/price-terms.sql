-- Token sums per price terms: which rates the workload really uses.
SELECT
  provider, model, context_class, batch, service_tier,
  min("hour") AS first_ts,
  max("hour") AS last_ts,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(cached_input_tokens)::BIGINT AS cached_input_tokens,
  sum(cache_write_tokens)::BIGINT AS cache_write_tokens,
  sum(cache_write_1h_tokens)::BIGINT AS cache_write_1h_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  sum(reasoning_tokens)::BIGINT AS reasoning_tokens
FROM workload_cube
WHERE list_usd IS NOT NULL
GROUP BY ALL
ORDER BY ALL;
