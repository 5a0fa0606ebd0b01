-- Every combination of keys that occurs, numbered: later passes group by one integer instead of twelve columns.
CREATE OR REPLACE TABLE cube_keys AS
SELECT
  row_number() OVER (
    ORDER BY
      tenant, cluster, provider, model, endpoint, region, status, batch, service_tier, context_class, billed, grain
  )::INTEGER AS key_id,
  -- An answer may be served again within its tenant only; a provider's prompt cache does not know our tenants.
  dense_rank() OVER (ORDER BY cluster, provider, model, tenant)::INTEGER AS exact_scope,
  dense_rank() OVER (ORDER BY cluster, provider, model)::INTEGER AS prefix_scope,
  *
FROM (
  SELECT
    tenant, cluster, provider, model, endpoint, region, status, batch, service_tier, context_class, billed, grain,
    min(ts) AS first_ts,
    max(ts) AS last_ts,
    max(ends_at) AS ends_at,
    count(*) AS event_rows,
    sum(requests)::BIGINT AS requests,
    count(*) FILTER (input_tokens IS NULL OR output_tokens IS NULL) AS without_tokens,
    count(retry_of) AS with_retry_of,
    count(conversation_id) AS with_conversation,
    count(prompt_hash) AS with_prompt_hash,
    count(*) FILTER (len(prefix_hashes) > 0) AS with_prefix_hashes,
    count(*) FILTER (len(prefix_hashes) > 0 AND prefix_block_tokens IS NULL) AS without_block_size
  FROM profile_events
  GROUP BY ALL
);
CREATE OR REPLACE VIEW keyed_events AS
SELECT e.*, k.key_id, k.exact_scope, k.prefix_scope
FROM profile_events AS e
JOIN cube_keys AS k
  ON k.tenant = e.tenant AND k.cluster = e.cluster AND k.provider = e.provider AND k.model = e.model
  AND k.endpoint IS NOT DISTINCT FROM e.endpoint AND k.region IS NOT DISTINCT FROM e.region
  AND k.status = e.status AND k.batch = e.batch AND k.service_tier IS NOT DISTINCT FROM e.service_tier
  AND k.context_class = e.context_class AND k.billed = e.billed AND k.grain = e.grain;
CREATE OR REPLACE VIEW keyed_requests AS
SELECT * FROM keyed_events WHERE grain = 'request';
