-- Cost by one dimension at a time: the dearest $top keys (hours all of them), the rest in one row.
WITH grouped AS (
  SELECT
    CASE
      WHEN grouping(cluster) = 0 THEN 'intent'
      WHEN grouping(model) = 0 THEN 'model'
      WHEN grouping(tenant) = 0 THEN 'tenant'
      ELSE 'hour'
    END AS dimension,
    coalesce(cluster, model, tenant, hour_of_day) AS "key",
    sum(requests) AS events,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(cost_usd) AS cost
  FROM (
    -- A bucket of a day is no traffic of midnight.
    SELECT *, CASE WHEN grain = 'request' THEN strftime("hour", '%H') ELSE '(buckets)' END AS hour_of_day
    FROM workload_cube
  )
  GROUP BY GROUPING SETS ((cluster), (model), (tenant), (hour_of_day))
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY dimension ORDER BY cost DESC, events DESC, "key") AS place FROM grouped
)
SELECT
  dimension,
  CASE WHEN dimension = 'hour' OR place <= $top THEN "key" ELSE '(other)' END AS shown_key,
  sum(events)::BIGINT AS events,
  sum(input_tokens)::BIGINT AS input_tokens,
  sum(output_tokens)::BIGINT AS output_tokens,
  sum(cost) AS cost
FROM ranked
GROUP BY ALL
ORDER BY dimension, min(CASE WHEN dimension = 'hour' THEN coalesce(TRY_CAST("key" AS INTEGER), 24) ELSE place END);
