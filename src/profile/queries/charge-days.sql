-- What each key cost on each day: charges of a bill, as FOCUS has them.
SELECT
  strftime(date_trunc('day', "hour"), '%Y-%m-%d') AS "day",
  tenant, cluster, provider, model, region, batch, service_tier, billed,
  sum(requests)::BIGINT AS requests,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(cached_input_tokens)::BIGINT AS cached_input_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  sum(cost_usd)::VARCHAR AS cost_usd,
  sum(list_usd)::VARCHAR AS list_usd
FROM workload_cube
GROUP BY ALL
ORDER BY ALL;
