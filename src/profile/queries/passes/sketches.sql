-- Log-bucket counts of four measures per key combination, hours summed out. Bucket i holds (gamma^(i-1), gamma^i].
-- Plain integers merge exactly on every engine; an engine's own quantile sketch per group takes gigabytes.
SELECT *
FROM (
  SELECT
    {{keys}},
    CASE
      WHEN grouping(input_bucket) = 0 THEN 'input_tokens'
      WHEN grouping(output_bucket) = 0 THEN 'output_tokens'
      WHEN grouping(latency_bucket) = 0 THEN 'latency_ms'
      ELSE 'ttft_ms'
    END AS measure,
    coalesce(input_bucket, output_bucket, latency_bucket, ttft_bucket) AS bucket,
    count(*) AS requests
  FROM (
    SELECT
      {{keys}},
      CAST(
        CASE WHEN input_tokens > 0 THEN ceil(ln(input_tokens) / {{ln_gamma}}) WHEN input_tokens = 0 THEN {{zero}} END
        AS INTEGER
      ) AS input_bucket,
      CAST(
        CASE WHEN output_tokens > 0 THEN ceil(ln(output_tokens) / {{ln_gamma}}) WHEN output_tokens = 0 THEN {{zero}} END
        AS INTEGER
      ) AS output_bucket,
      CAST(
        CASE WHEN latency_ms > 0 THEN ceil(ln(latency_ms) / {{ln_gamma}}) WHEN latency_ms = 0 THEN {{zero}} END
        AS INTEGER
      ) AS latency_bucket,
      CAST(
        CASE WHEN ttft_ms > 0 THEN ceil(ln(ttft_ms) / {{ln_gamma}}) WHEN ttft_ms = 0 THEN {{zero}} END
        AS INTEGER
      ) AS ttft_bucket
    FROM keyed_requests
  ) AS bucketed
  GROUP BY GROUPING SETS (
    ({{keys}}, input_bucket), ({{keys}}, output_bucket), ({{keys}}, latency_bucket), ({{keys}}, ttft_bucket)
  )
) AS counted
WHERE bucket IS NOT NULL
