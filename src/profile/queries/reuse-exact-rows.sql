SELECT
  cluster, provider, model, context_class, batch, ttl_seconds, hits, hit_input_tokens, hit_cached_input_tokens,
  hit_cache_write_tokens, hit_cache_write_1h_tokens, hit_output_tokens, hit_reasoning_tokens
FROM read_parquet({{reuse}})
WHERE kind = 'exact'
ORDER BY ALL;
