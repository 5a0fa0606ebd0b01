-- Arrivals per calendar minute.
COPY (
  SELECT
    date_trunc('minute', ts) AS "minute",
    count(*) AS requests,
    (coalesce(sum(input_tokens), 0) + coalesce(sum(output_tokens), 0))::BIGINT AS tokens
  FROM profile_requests
  GROUP BY ALL
  ORDER BY "minute"
) TO {{minutes}} (FORMAT parquet, COMPRESSION zstd);
