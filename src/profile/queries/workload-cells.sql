-- The cube without hour and tenant, but for tenants that are planned apart: what levers compute on.
SELECT
  CASE WHEN t.tenant IS NULL THEN c.cluster ELSE c.cluster || '@' || t.name END AS cluster,
  provider, model, endpoint, region, status, batch, service_tier, context_class,
  nullif(grain, 'request') AS grain,
  sum(requests)::BIGINT AS requests,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(cached_input_tokens)::BIGINT AS cached_input_tokens,
  sum(cache_write_tokens)::BIGINT AS cache_write_tokens,
  sum(cache_write_1h_tokens)::BIGINT AS cache_write_1h_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  sum(reasoning_tokens)::BIGINT AS reasoning_tokens
FROM workload_cube AS c
LEFT JOIN planned_tenants AS t ON t.tenant = c.tenant
GROUP BY ALL
ORDER BY ALL;
