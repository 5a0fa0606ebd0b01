SELECT
  cluster,
  sum(requests)::BIGINT AS requests,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  sum(cost_usd) AS cost
FROM workload_cube
GROUP BY ALL
ORDER BY cost DESC, requests DESC, cluster;
