SELECT
  coalesce(sum(requests), 0)::BIGINT AS events,
  coalesce(sum(input_tokens), 0)::BIGINT AS input_tokens,
  coalesce(sum(cached_input_tokens), 0)::BIGINT AS cached_input_tokens,
  coalesce(sum(output_tokens), 0)::BIGINT AS output_tokens,
  coalesce(sum(reasoning_tokens), 0)::BIGINT AS reasoning_tokens,
  coalesce(sum(cost_usd), 0) AS cost,
  coalesce(sum(list_usd), 0) AS list_cost,
  coalesce(sum(billed_usd), 0) AS billed_cost,
  coalesce(sum(requests) FILTER (status <> 'ok'), 0)::BIGINT AS error_events,
  coalesce(sum(cost_usd) FILTER (grain <> 'request'), 0) AS bucket_cost
FROM workload_cube;
