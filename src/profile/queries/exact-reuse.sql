-- What the replayed hits would no longer be billed for, per cell and lifetime.
INSERT INTO reuse_rows
SELECT
  'exact', e.cluster, e.provider, e.model, e.context_class, e.batch, l.ttl_seconds, NULL, NULL,
  NULL,
  count(*),
  coalesce(sum(e.input_tokens), 0),
  coalesce(sum(e.cached_input_tokens), 0),
  coalesce(sum(e.cache_write_tokens), 0),
  coalesce(sum(e.cache_write_1h_tokens), 0),
  coalesce(sum(e.output_tokens), 0),
  coalesce(sum(e.reasoning_tokens), 0),
  NULL, NULL, NULL
FROM keyed_requests AS e
JOIN exact_hits AS h USING (row_number)
JOIN exact_lifetimes AS l ON (h.ttl_mask & l.bit) <> 0
GROUP BY e.cluster, e.provider, e.model, e.context_class, e.batch, l.ttl_seconds;
