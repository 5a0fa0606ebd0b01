-- What a data engineer would write for the same job: read the file, keep one row an id, write Parquet, build the
-- hourly cube and the log-bucket counts. No rejects, no prices, no account of lines, no shapes, no reuse.
-- The two placeholders are read_json(...) or read_parquet(...), and a folder.
COPY (
  SELECT * FROM {{source}}
  QUALIFY row_number() OVER (PARTITION BY id ORDER BY ts) = 1
) TO '{{out}}/events.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
  SELECT
    date_trunc('hour', ts) AS "hour", tenant, intent, provider, model, endpoint, region, status, batch, service_tier,
    count(*) AS requests,
    sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
    sum(output_tokens) AS output_tokens, sum(reasoning_tokens) AS reasoning_tokens, sum(cost_usd) AS cost_usd
  FROM read_parquet('{{out}}/events.parquet')
  GROUP BY ALL
) TO '{{out}}/cube.parquet' (FORMAT parquet, COMPRESSION zstd);

COPY (
  WITH bucketed AS (
    SELECT
      tenant, intent, provider, model, endpoint, region, status, batch, service_tier,
      ceil(ln(greatest(input_tokens, 1)) / ln(1.02))::INTEGER AS input_bucket,
      ceil(ln(greatest(output_tokens, 1)) / ln(1.02))::INTEGER AS output_bucket,
      ceil(ln(greatest(latency_ms, 1)) / ln(1.02))::INTEGER AS latency_bucket
    FROM read_parquet('{{out}}/events.parquet')
  )
  SELECT
    tenant, intent, provider, model, endpoint, region, status, batch, service_tier,
    input_bucket, output_bucket, latency_bucket, count(*) AS requests
  FROM bucketed
  GROUP BY GROUPING SETS (
    (tenant, intent, provider, model, endpoint, region, status, batch, service_tier, input_bucket),
    (tenant, intent, provider, model, endpoint, region, status, batch, service_tier, output_bucket),
    (tenant, intent, provider, model, endpoint, region, status, batch, service_tier, latency_bucket)
  )
) TO '{{out}}/sketches.parquet' (FORMAT parquet, COMPRESSION zstd);
