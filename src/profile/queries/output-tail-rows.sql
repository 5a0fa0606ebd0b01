SELECT cluster, provider, model, context_class, batch, cap_tokens, requests, cut_tokens
FROM read_parquet({{output_tails}})
ORDER BY ALL;
