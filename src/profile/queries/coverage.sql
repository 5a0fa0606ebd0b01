-- Span and what the events carry, from the numbered keys (no pass over events).
SELECT
  min(first_ts) AS first_ts,
  max(last_ts) AS last_ts,
  coalesce(sum(requests), 0)::BIGINT AS requests,
  coalesce(sum(without_tokens), 0)::BIGINT AS without_tokens,
  coalesce(sum(with_retry_of), 0)::BIGINT AS with_retry_of,
  coalesce(sum(with_conversation), 0)::BIGINT AS with_conversation,
  coalesce(sum(with_prompt_hash), 0)::BIGINT AS with_prompt_hash,
  coalesce(sum(with_prefix_hashes), 0)::BIGINT AS with_prefix_hashes,
  coalesce(sum(without_block_size), 0)::BIGINT AS without_block_size
FROM cube_keys;
