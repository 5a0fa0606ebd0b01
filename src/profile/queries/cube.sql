-- The workload cube: one row per hour and key combination. List cost is computed for every priced cell, billed
-- ones too, and equals priceUsage of the row's sums: charge over denominator, rounded once, half away from zero.
COPY (
  WITH hourly AS (
    SELECT * EXCLUDE (hour_number), make_timestamp(hour_number * 3600000000) AS "hour" FROM ({{pass}})
  ),
  charged AS (
    SELECT
      h.*,
      r.denominator,
      (h.input_tokens - h.cached_input_tokens - h.cache_write_tokens)::HUGEINT * r.input
        + h.cached_input_tokens::HUGEINT * r.cached_input
        + (h.cache_write_tokens - h.cache_write_1h_tokens)::HUGEINT * r.cache_write
        + h.cache_write_1h_tokens::HUGEINT * r.cache_write_1h
        + (h.output_tokens - h.reasoning_tokens)::HUGEINT * r.output
        + h.reasoning_tokens::HUGEINT * r.reasoning AS charge
    FROM hourly AS h
    LEFT JOIN price_rates AS r
      ON r.key_id = h.key_id AND h."hour" >= r.valid_from AND h."hour" < r.valid_until
      AND extract('hour' FROM h."hour") >= r.hour_from AND extract('hour' FROM h."hour") < r.hour_until
  )
  SELECT
    c."hour", k.tenant, k.cluster, k.provider, k.model, k.endpoint, k.region, k.status, k.batch, k.service_tier,
    k.context_class, k.billed, k.grain,
    c.requests, c.input_tokens, c.cached_input_tokens, c.cache_write_tokens, c.cache_write_1h_tokens,
    c.output_tokens, c.reasoning_tokens,
    CASE WHEN k.billed THEN c.cost_usd ELSE 0 END::DECIMAL(38, 12) AS billed_usd,
    -- Rates are whole pico-USD; times 1e-12 as a decimal that is USD, exactly. Parquet has no 128-bit integer.
    CASE
      WHEN c.denominator = 1 THEN c.charge
      ELSE (c.charge * 2 + c.denominator) // (c.denominator * 2)
    END::DECIMAL(26, 0) * 0.000000000001::DECIMAL(12, 12) AS list_usd
  FROM charged AS c
  JOIN cube_keys AS k USING (key_id)
  -- Equal events give equal bytes, whatever order the join's threads finished in.
  ORDER BY ALL
) TO {{cube}} (FORMAT parquet, COMPRESSION zstd);
