SELECT
  cluster, provider, model, context_class, batch, maximum_retries, requests, lost_answers, input_tokens,
  cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens
FROM read_parquet({{retries}})
ORDER BY ALL;
