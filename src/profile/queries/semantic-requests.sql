-- Answered requests whose prompt is on file, in time order, with the exact caches that would have served them. Failed
-- calls have no answer to store, and a batch call does not wait for one.
SELECT
  a.place, epoch_us(e.ts) AS micros, e.tenant, e.declared_intent, e.cluster, e.provider, e.model, e.context_class,
  coalesce(h.ttl_mask, 0) AS exact_mask,
  coalesce(e.input_tokens, 0) AS input_tokens,
  coalesce(e.cached_input_tokens, 0) AS cached_input_tokens,
  coalesce(e.cache_write_tokens, 0) AS cache_write_tokens,
  coalesce(e.cache_write_1h_tokens, 0) AS cache_write_1h_tokens,
  coalesce(e.output_tokens, 0) AS output_tokens,
  coalesce(e.reasoning_tokens, 0) AS reasoning_tokens
FROM profile_requests AS e
JOIN asked_events AS a ON a.event_id = e.id
LEFT JOIN exact_hits AS h USING (row_number)
WHERE e.status = 'ok' AND NOT e.batch
ORDER BY e.ts, e.row_number;
