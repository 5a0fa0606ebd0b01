-- The combinations that need a price, and the span over which.
SELECT
  provider, model, context_class, batch, service_tier,
  min(first_ts) AS first_ts,
  max(last_ts) AS last_ts,
  list(key_id ORDER BY key_id) AS key_ids
FROM cube_keys
GROUP BY ALL
ORDER BY ALL;
