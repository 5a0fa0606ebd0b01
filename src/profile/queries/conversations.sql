COPY (
  SELECT
    k.cluster, k.provider, k.model, k.context_class, k.batch, c.keep_turns,
    sum(c.requests)::BIGINT AS requests,
    sum(c.cut_tokens)::BIGINT AS cut_tokens,
    sum(c.shifted_tokens)::BIGINT AS shifted_tokens,
    sum(c.lost_cached_tokens)::BIGINT AS lost_cached_tokens,
    sum(c.lost_cache_write_tokens)::BIGINT AS lost_cache_write_tokens,
    sum(c.lost_cache_write_1h_tokens)::BIGINT AS lost_cache_write_1h_tokens
  FROM conversation_rows AS c JOIN cube_keys AS k USING (key_id)
  GROUP BY k.cluster, k.provider, k.model, k.context_class, k.batch, c.keep_turns
  ORDER BY ALL
) TO {{conversations}} (FORMAT parquet, COMPRESSION zstd);
