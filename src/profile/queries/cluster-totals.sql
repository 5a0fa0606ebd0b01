SELECT
  cluster,
  sum(requests)::BIGINT AS requests,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  -- Of rows that say how many requests they are.
  coalesce(sum(requests) FILTER (grain <> 'uncounted'), 0)::BIGINT AS counted_requests,
  coalesce(sum(input_tokens) FILTER (grain <> 'uncounted'), 0)::BIGINT AS counted_input_tokens,
  coalesce(sum(output_tokens) FILTER (grain <> 'uncounted'), 0)::BIGINT AS counted_output_tokens,
  sum(cost_usd) AS cost
FROM workload_cube
GROUP BY ALL
ORDER BY cost DESC, requests DESC, cluster;
