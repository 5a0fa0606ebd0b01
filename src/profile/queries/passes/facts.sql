-- One event in the words of the cube: absent keys named, subsets without a total dropped, context class cut.
-- A bucket stands for `requests` calls; its context class is that of their mean input, and the lowest where it does
-- not say how many they are (assumed).
SELECT
  row_number,
  id,
  ts,
  micros,
  intent AS declared_intent,
  coalesce(tenant, 'unknown') AS tenant,
  CASE WHEN coalesce(intent, 'unknown') = 'unknown' OR {{assigned_first}} = 1
    THEN coalesce(assigned_cluster, 'unknown') ELSE intent END AS cluster,
  coalesce(provider, 'unknown') AS provider,
  coalesce(model, 'unknown') AS model,
  endpoint,
  region,
  coalesce(status, 'ok') AS status,
  coalesce(batch, false) AS batch,
  service_tier,
  call_grain AS grain,
  CASE WHEN call_grain = 'bucket' THEN request_count ELSE 1 END AS requests,
  CASE WHEN call_grain = 'request' THEN micros ELSE micros + coalesce(bucket_seconds, 0) * 1000000 END AS end_micros,
  CAST({{context_class}} AS BIGINT) AS context_class,
  -- A cost without a basis came from the source itself, so it was billed.
  (cost_usd IS NOT NULL AND coalesce(cost_basis, 'billed') = 'billed') AS billed,
  input_tokens,
  output_tokens,
  CASE WHEN input_tokens IS NOT NULL THEN cached_input_tokens END AS cached_input_tokens,
  CASE WHEN input_tokens IS NOT NULL THEN cache_write_tokens END AS cache_write_tokens,
  CASE WHEN input_tokens IS NOT NULL AND cache_write_tokens IS NOT NULL THEN cache_write_1h_tokens END
    AS cache_write_1h_tokens,
  CASE WHEN output_tokens IS NOT NULL THEN reasoning_tokens END AS reasoning_tokens,
  latency_ms,
  ttft_ms,
  cost_usd,
  retry_of,
  conversation_id,
  turn,
  prompt_hash,
  prefix_hashes,
  prefix_block_tokens
FROM (
  SELECT
    *,
    CASE
      WHEN coalesce(grain, 'request') <> 'bucket' THEN 'request'
      WHEN coalesce(request_count, 0) = 0 THEN 'uncounted'
      ELSE 'bucket'
    END AS call_grain,
    CASE
      WHEN coalesce(grain, 'request') <> 'bucket' THEN input_tokens
      WHEN request_count > 0 THEN {{whole_division(input_tokens + request_count - 1, request_count)}}
      ELSE 0
    END AS context_tokens
  FROM profile_source
) AS graded
