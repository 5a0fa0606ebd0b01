-- The cube without hour and tenant: what levers compute on.
SELECT
  cluster, provider, model, endpoint, region, status, batch, service_tier, context_class,
  sum(requests)::BIGINT AS requests,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(cached_input_tokens)::BIGINT AS cached_input_tokens,
  sum(cache_write_tokens)::BIGINT AS cache_write_tokens,
  sum(cache_write_1h_tokens)::BIGINT AS cache_write_1h_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  sum(reasoning_tokens)::BIGINT AS reasoning_tokens
FROM workload_cube
GROUP BY ALL
ORDER BY ALL;
