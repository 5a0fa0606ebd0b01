COPY (
  SELECT
    s.cluster, s.provider, s.model,
    make_timestamp(h.hour_number::BIGINT * 3600000000) AS "hour",
    h.requests, h.peak_minute_requests
  FROM ({{pass}}) AS h
  JOIN (SELECT DISTINCT cluster, provider, model, prefix_scope FROM cube_keys) AS s USING (prefix_scope)
  ORDER BY ALL
) TO {{arrivals}} (FORMAT parquet, COMPRESSION zstd);
