-- Sums of every hour, counted in hours since 1970, and key combination.
SELECT
  {{keys}},
  {{whole_division(micros, 3600000000)}} AS hour_number,
  CAST(sum(requests) AS BIGINT) AS requests,
  CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS input_tokens,
  CAST(coalesce(sum(cached_input_tokens), 0) AS BIGINT) AS cached_input_tokens,
  CAST(coalesce(sum(cache_write_tokens), 0) AS BIGINT) AS cache_write_tokens,
  CAST(coalesce(sum(cache_write_1h_tokens), 0) AS BIGINT) AS cache_write_1h_tokens,
  CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output_tokens,
  CAST(coalesce(sum(reasoning_tokens), 0) AS BIGINT) AS reasoning_tokens,
  CAST(coalesce(sum(cost_usd), 0) AS DECIMAL(38, 12)) AS cost_usd
FROM keyed_events
GROUP BY {{keys}}, {{whole_division(micros, 3600000000)}}
