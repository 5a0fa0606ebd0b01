SELECT
  cluster, provider, model, context_class, batch, threshold, ttl_seconds, after_exact_ttl_seconds, hits, judged_hits,
  false_hits, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens,
  reasoning_tokens
FROM read_parquet({{semantic_reuse}})
ORDER BY ALL;
