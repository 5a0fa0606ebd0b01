-- Span and what the events carry, from the numbered keys (no pass over events).
SELECT
  min(first_ts) AS first_ts,
  max(ends_at) AS last_ts,
  coalesce(sum(event_rows), 0)::BIGINT AS event_rows,
  coalesce(sum(event_rows) FILTER (grain <> 'request'), 0)::BIGINT AS bucket_rows,
  coalesce(sum(event_rows) FILTER (grain = 'uncounted'), 0)::BIGINT AS uncounted_rows,
  coalesce(sum(requests), 0)::BIGINT AS requests,
  coalesce(sum(requests) FILTER (grain <> 'request'), 0)::BIGINT AS bucket_requests,
  coalesce(sum(without_tokens), 0)::BIGINT AS without_tokens,
  coalesce(sum(with_retry_of) FILTER (grain = 'request'), 0)::BIGINT AS with_retry_of,
  coalesce(sum(with_conversation) FILTER (grain = 'request'), 0)::BIGINT AS with_conversation,
  coalesce(sum(with_prompt_hash) FILTER (grain = 'request'), 0)::BIGINT AS with_prompt_hash,
  coalesce(sum(with_prefix_hashes) FILTER (grain = 'request'), 0)::BIGINT AS with_prefix_hashes,
  coalesce(sum(without_block_size) FILTER (grain = 'request'), 0)::BIGINT AS without_block_size
FROM cube_keys;
