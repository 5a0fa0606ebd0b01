-- The combinations of keys, numbered: later passes group by one integer instead of twelve columns.
CREATE OR REPLACE TABLE cube_keys AS
SELECT
  row_number() OVER (
    ORDER BY
      tenant, cluster, provider, model, endpoint, region, status, batch, service_tier, context_class, billed, grain
  )::INTEGER AS key_id,
  -- An answer may be served again within its tenant only; a provider's prompt cache does not know our tenants.
  dense_rank() OVER (ORDER BY cluster, provider, model, tenant)::INTEGER AS exact_scope,
  dense_rank() OVER (ORDER BY cluster, provider, model)::INTEGER AS prefix_scope,
  make_timestamp(first_micros) AS first_ts,
  make_timestamp(last_micros) AS last_ts,
  make_timestamp(end_micros) AS ends_at,
  * EXCLUDE (first_micros, last_micros, end_micros)
FROM ({{pass}});
