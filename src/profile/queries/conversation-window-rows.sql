SELECT
  cluster, provider, model, context_class, batch, keep_turns, requests, cut_tokens, shifted_tokens, lost_cached_tokens,
  lost_cache_write_tokens, lost_cache_write_1h_tokens
FROM read_parquet({{conversations}})
ORDER BY ALL;
