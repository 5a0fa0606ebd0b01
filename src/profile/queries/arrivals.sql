-- Requests of every hour, and of its busiest calendar minute, per cluster and model. Counted by minute first, with one
-- number for the three names: ten million events are ten million additions.
COPY (
  WITH scopes AS (SELECT DISTINCT cluster, provider, model, prefix_scope FROM cube_keys),
  per_minute AS (
    SELECT s.prefix_scope, (epoch_us(e.ts) // 60000000)::INTEGER AS minute_number, count(*) AS requests
    FROM profile_requests AS e JOIN scopes AS s USING (cluster, provider, model)
    GROUP BY ALL
  ),
  per_hour AS (
    SELECT
      prefix_scope,
      minute_number // 60 AS hour_number,
      sum(requests)::BIGINT AS requests,
      max(requests) AS peak_minute_requests
    FROM per_minute
    GROUP BY ALL
  )
  SELECT
    s.cluster, s.provider, s.model,
    make_timestamp(h.hour_number::BIGINT * 3600000000) AS "hour",
    h.requests, h.peak_minute_requests
  FROM per_hour AS h JOIN scopes AS s USING (prefix_scope)
  ORDER BY ALL
) TO {{arrivals}} (FORMAT parquet, COMPRESSION zstd);
