-- Log-bucket counts of four measures per key combination, hours summed out. Bucket i holds (gamma^(i-1), gamma^i].
-- Plain integers merge exactly on every engine; an engine's own quantile sketch per group takes gigabytes.
COPY (
  WITH bucketed AS (
    SELECT
      key_id,
      CASE WHEN input_tokens > 0 THEN ceil(ln(input_tokens) / $ln_gamma) WHEN input_tokens = 0 THEN $zero END::INTEGER
        AS input_bucket,
      CASE WHEN output_tokens > 0 THEN ceil(ln(output_tokens) / $ln_gamma) WHEN output_tokens = 0 THEN $zero END::INTEGER
        AS output_bucket,
      CASE WHEN latency_ms > 0 THEN ceil(ln(latency_ms) / $ln_gamma) WHEN latency_ms = 0 THEN $zero END::INTEGER
        AS latency_bucket,
      CASE WHEN ttft_ms > 0 THEN ceil(ln(ttft_ms) / $ln_gamma) WHEN ttft_ms = 0 THEN $zero END::INTEGER
        AS ttft_bucket
    FROM keyed_requests
  ),
  counted AS (
    SELECT
      key_id,
      CASE
        WHEN grouping(input_bucket) = 0 THEN 'input_tokens'
        WHEN grouping(output_bucket) = 0 THEN 'output_tokens'
        WHEN grouping(latency_bucket) = 0 THEN 'latency_ms'
        ELSE 'ttft_ms'
      END AS measure,
      coalesce(input_bucket, output_bucket, latency_bucket, ttft_bucket) AS bucket,
      count(*) AS requests
    FROM bucketed
    GROUP BY GROUPING SETS (
      (key_id, input_bucket), (key_id, output_bucket), (key_id, latency_bucket), (key_id, ttft_bucket)
    )
  )
  SELECT
    k.tenant, k.cluster, k.provider, k.model, k.endpoint, k.region, k.status, k.batch, k.service_tier,
    k.context_class, k.billed, c.measure, c.bucket, c.requests
  FROM counted AS c
  JOIN cube_keys AS k USING (key_id)
  WHERE c.bucket IS NOT NULL
  ORDER BY ALL
) TO {{sketches}} (FORMAT parquet, COMPRESSION zstd);
