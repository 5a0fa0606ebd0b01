SELECT
  cluster, provider, model, context_class, batch, ttl_seconds, minimum_tokens, after_exact_ttl_seconds,
  requests, hit_tokens, write_tokens, prompt_tokens
FROM read_parquet({{reuse}})
WHERE kind = 'prefix'
ORDER BY ALL;
